import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatRootKeys, newRootKey } from '../../src/core/root-keys.js';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';

(HAS_BROWSER ? describe : describe.skip)('policies and webhooks (needs Chromium)', () => {
  let lab: PanelLab;
  beforeAll(async () => {
    lab = await openPanel({}, { ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) });
  });
  afterAll(async () => lab.close());

  it('changes who decides at a gate, says it in words, and goes back to the default', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/policies');
    const gate = page.locator('section.at-card', { hasText: 'studio/human_gate' });
    await gate.getByRole('button', { name: /^Change/ }).click();
    await page.getByLabel(/Approvals needed/).fill('2');
    await page.getByLabel(/The owner of the mission/).selectOption('false');
    await lab.shot(page, 'policies-change');
    await page.getByRole('button', { name: 'Save' }).click();
    await gate.getByText('2 people have to approve').waitFor();
    await gate.getByText('The owner may not decide.').waitFor();
    await lab.shot(page, 'policies');
    expect(await violations(page)).toEqual([]);
    await gate.getByRole('button', { name: 'Reset' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Reset' }).click();
    await gate.getByText('One approval is enough.').waitFor();
    expect(await gate.getByRole('button', { name: 'Reset' }).count()).toBe(0);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    expect(lab.complaints()).toEqual([]);
  });

  it('refuses a gate at which nobody could decide, and says so', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/policies');
    await page
      .getByRole('button', { name: /^Change/ })
      .first()
      .click();
    await page.getByLabel(/role “approver”/).uncheck();
    await page.getByLabel(/role “admin”/).uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog').getByText('Nobody could decide at this gate.').waitFor();
    expect(await page.locator('dialog').count()).toBe(1);
  });

  it('adds a webhook whose secret is shown once, sends a trial, and deletes it', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/webhooks');
    await page.getByText('There are no webhooks').waitFor();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Build server');
    await page.getByLabel(/^Address/).fill('https://192.0.2.1/hook');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = await page.getByTestId('secret').innerText();
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('button', { name: 'Send a trial' }).click();
    await page.getByRole('cell', { name: /pending|failed/ }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await lab.shot(page, 'webhooks');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There are no webhooks').waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('shows an approver the policies without buttons, and keeps webhooks from them', async () => {
    const { open, page } = await lab.signIn('approver');
    await open('/pages/policies');
    expect(await page.locator('main').getByRole('button').count()).toBe(0);
    expect((await page.goto('/admin/pages/webhooks'))?.status()).toBe(403);
  });
});
