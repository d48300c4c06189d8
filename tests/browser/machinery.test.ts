import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/core/ids.js';
import { formatRootKeys, newRootKey } from '../../src/core/root-keys.js';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';
import { until } from '../../src/testing/until.js';

(HAS_BROWSER ? describe : describe.skip)('agent settings, settings, metrics and the queue', () => {
  let lab: PanelLab;
  beforeAll(async () => {
    lab = await openPanel({}, { ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) });
  });
  afterAll(async () => lab.close());

  const phoneFits = async (page: Parameters<typeof overflow>[0]): Promise<void> => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
  };

  it('stores a key that is never shown again, limits an agent, and pauses it', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/agents');
    const card = page.locator('#agent-eng');
    await card.getByRole('button', { name: 'Set a key of Engineer' }).click();
    const key = 'sk-ant-test-1234567890-WXYZ';
    await page.locator('dialog input[type=password]').fill(key);
    await page.getByRole('button', { name: 'Store the key' }).click();
    await card.getByText('ends with WXYZ').waitFor();
    expect(await page.content()).not.toContain(key);

    await card.getByRole('button', { name: 'Change Engineer' }).click();
    await page.getByLabel('Limit per day').fill('5');
    await page.getByLabel('Counted in').selectOption('usd');
    await page.getByLabel(/Stop calls at the limit/).check();
    await lab.shot(page, 'agents-change');
    await page.getByRole('button', { name: 'Save' }).click();
    await card.getByText(/of \$5\.00, hard limit/).waitFor();

    await card.getByRole('button', { name: 'Pause' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Pause' }).click();
    await card.getByText('sessions that need it stop').waitFor();
    await lab.shot(page, 'agents');
    expect(await violations(page)).toEqual([]);
    await phoneFits(page);
    await card.getByRole('button', { name: 'Resume' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Resume' }).click();
    await card.getByText('sessions that need it stop').waitFor({ state: 'detached' });
    expect(lab.complaints()).toEqual([]);
  });

  it('lets an approver look at the agents, without buttons that change them', async () => {
    const { open, page } = await lab.signIn('approver');
    await open('/pages/agents');
    await page.getByText('An administrator changes them').waitFor();
    expect(await page.locator('main').getByRole('button').count()).toBe(0);
    const refused = await page.request.patch('/api/v1/settings/agents/pm', {
      data: { paused: true },
      headers: { origin: lab.url },
    });
    expect(refused.status()).toBe(403);
  });

  it('changes a setting, says what is wrong with a value, and goes back to the default', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/settings');
    await page.getByLabel('Search').fill('maxIterations');
    await page.getByRole('button', { name: 'Change maxIterations' }).click();
    await page.getByLabel('Value').fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    const setting = page.getByRole('region', { name: 'maxIterations' });
    await setting.locator('.at-setting-value', { hasText: '7' }).waitFor();
    await setting.getByText(/Changed just now by/).waitFor();

    await page.getByLabel('Search').fill('modelPrices');
    await page.getByRole('button', { name: 'Change modelPrices' }).click();
    await page.getByLabel('Value').fill('{"openai:gpt-5": {"input": -1, "output": 2}}');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog [role=alert]').first().waitFor();
    await lab.shot(page, 'settings-refused');
    await page.getByLabel('Value').fill('{"openai:gpt-5": {"input": 1, "output": 2}}');
    await page.getByRole('button', { name: 'Save' }).click();
    // What is behind an open dialog takes no text.
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'modelPrices' }).getByText('openai:gpt-5').waitFor();

    await page.getByLabel('Search').fill('');
    await lab.shot(page, 'settings');
    expect(await violations(page)).toEqual([]);
    await phoneFits(page);
    await setting.getByRole('button', { name: 'Reset' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Reset' }).click();
    await setting.locator('.at-setting-value', { hasText: '3' }).waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('draws what was measured', async () => {
    const { app } = lab.test;
    await app.dataSource.query(
      `INSERT INTO metrics (metric_name, metric_value, labels, recorded_at)
       SELECT 'model_tokens', 500 + (n * 37 % 900), jsonb_build_object('agent', (ARRAY['pm', 'eng', 'qa'])[1 + n % 3]),
              now() - interval '7 minutes' * n
         FROM generate_series(1, 200) n`,
    );
    const { open, page } = await lab.signIn('approver');
    await open('/pages/metrics');
    await page.getByText('Tokens of model calls').waitFor();
    await page.locator('.at-chart svg path').first().waitFor({ state: 'attached' });
    await lab.shot(page, 'metrics');
    expect(await violations(page)).toEqual([]);
    await phoneFits(page);
    expect(lab.complaints()).toEqual([]);
  });

  it('shows a failed wake-up to an approver, and lets an administrator send it again', async () => {
    const { app } = lab.test;
    const worker = await app.queue.work(() => Promise.reject(new Error('the disk is full')), {
      concurrency: 1,
    });
    await app.queue.dispatch({ sessionId: newId() });
    await until('the delivery has failed', async () => (await app.queue.failures(1)).length > 0);
    await worker.close(0);

    const approver = await lab.signIn('approver');
    await approver.open('/pages/queues');
    await approver.page.getByText('the disk is full').waitFor();
    expect(await approver.page.getByRole('button', { name: 'Wake again' }).count()).toBe(0);

    const { open, page } = await lab.signIn('admin');
    await open('/pages/queues');
    await page.getByText('the disk is full').waitFor();
    await lab.shot(page, 'queue');
    expect(await violations(page)).toEqual([]);
    await phoneFits(page);
    await page.getByRole('button', { name: 'Wake again' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Wake again' }).click();
    await page.getByText('None failed').waitFor();
    expect(await app.queue.counts()).toMatchObject({ failed: 0, waiting: 1 });
    expect(lab.complaints()).toEqual([]);
  });

  it.each(['agents', 'metrics', 'queues', 'settings'])('is closed to a submitter: %s', async (name) => {
    const { page } = await lab.signIn('submitter');
    expect((await page.goto(`/admin/pages/${name}`))?.status()).toBe(403);
  });
});
