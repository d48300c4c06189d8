import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  HAS_BROWSER,
  openPanel,
  overflow,
  violations,
  type PanelLab,
  type Visitor,
} from '../../src/testing/browser.js';
import { zipOf } from '../../src/testing/archives.js';
import { approve } from '../../src/testing/app.js';
import { sumCatalog } from '../../src/testing/studio-script.js';

(HAS_BROWSER ? describe : describe.skip)('lists of sessions and executions (needs Chromium)', () => {
  let lab: PanelLab;
  let visitor: Visitor;
  const submit = async (mission: string, more: Record<string, unknown> = {}): Promise<string> => {
    const { session } = await lab.test.app.sessions.submit(visitor.caller, { mission, ...more });
    return session.sessionId;
  };
  const carry = async (id: string): Promise<unknown> =>
    lab.test.app.runner.run(id, new AbortController().signal);

  beforeAll(async () => {
    lab = await openPanel({ catalog: sumCatalog() });
    visitor = await lab.signIn('submitter');
  });
  afterAll(() => lab.close());

  it('say what to do while there are none', async () => {
    const { page, open } = visitor;
    await open('/pages/sessions');
    await page.getByText('No sessions yet').waitFor();
    await open('/pages/executions');
    await page.getByText('No agent has worked yet').waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('narrow by words, status and project, keep that in the address, and show all again', async () => {
    const { page, open, caller } = visitor;
    await submit('Build a word counter', { projectName: 'Words' });
    const waiting = await submit('Build a lighthouse', { projectName: 'Coast', name: 'The lighthouse' });
    await carry(waiting);
    await lab.test.app.sessions.update(caller, waiting, { isPinned: true });
    await open('/pages/sessions');
    const pinned = page.getByRole('table', { name: 'Pinned sessions' });
    await pinned.getByRole('link', { name: 'The lighthouse' }).waitFor();
    const others = page.getByRole('table', { name: 'Sessions', exact: true });
    expect(await others.getByRole('row').count()).toBe(2);

    await page.getByLabel('Search').fill('counter');
    await pinned.waitFor({ state: 'detached' });
    await page.waitForURL('**/sessions?q=counter');
    await page.reload();
    await others.getByRole('link', { name: 'Build a word counter' }).waitFor();
    await page.getByLabel('Status').selectOption('awaiting_approval');
    await page.getByText('No session fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await pinned.waitFor();
    await page.getByLabel('Project').fill('Words');
    await pinned.waitFor({ state: 'detached' });
    await others.getByRole('link', { name: 'Build a word counter' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(lab.complaints()).toEqual([]);
  });

  it('show executions of all sessions, by agent and by how long they took', async () => {
    const { page, open, caller } = visitor;
    const id = await submit('Build a bridge');
    await carry(id);
    await approve(lab.test.app, caller, id);
    await carry(id);
    await open('/pages/executions');
    const table = page.getByRole('table', { name: 'Executions' });
    await table.getByText('QA').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await lab.shot(page, 'executions');
    await page.getByLabel('Agent').fill('eng');
    await page.waitForURL('**profile=eng');
    await table.getByText('QA').first().waitFor({ state: 'detached' });
    await table.getByText('Engineer').waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
    await page.getByLabel('At least, seconds').fill('100000');
    await page.getByText('No execution fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await table.getByRole('button', { name: 'Open what the model saw: Product Manager' }).first().click();
    await page.getByRole('dialog').getByText('Build a bridge').first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(lab.complaints()).toEqual([]);
  });

  it('fit a phone, where rows are cards', async () => {
    const { page, open } = visitor;
    for (const path of ['/pages/sessions', '/pages/executions', '/pages/submit']) {
      await open(path);
      await lab.shot(page, path.replace('/pages/', ''));
      await page.setViewportSize({ width: 390, height: 844 });
      expect([path, await overflow(page)]).toEqual([path, 0]);
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
  });

  it('show a viewer nothing of others, and no way to submit', async () => {
    const { page, open } = await lab.signIn('viewer');
    await open('/pages/sessions');
    await page.getByText('No sessions yet').waitFor();
    expect(await page.getByRole('link', { name: 'New mission' }).count()).toBe(0);
    await page.goto('/admin/pages/submit');
    await page.getByText('is not open to you').waitFor();
  });

  it('show approvers the executions of the whole team', async () => {
    const { page, open } = await lab.signIn('approver');
    await open('/pages/executions');
    await page.getByText('No agent has worked yet').waitFor();
    await page.getByRole('tab', { name: 'The whole team’s' }).click();
    await page.getByRole('link', { name: 'Build a bridge' }).first().waitFor();
    expect(lab.complaints()).toEqual([]);
  });
});

(HAS_BROWSER ? describe : describe.skip)('a new mission (needs Chromium)', () => {
  let lab: PanelLab;
  let visitor: Visitor;

  beforeAll(async () => {
    lab = await openPanel({ catalog: sumCatalog() });
    visitor = await lab.signIn('submitter');
  });
  afterAll(() => lab.close());

  it('is submitted with its limits and gates, and its page opens', async () => {
    const { page, open, caller } = visitor;
    await open('/pages/submit');
    await page.getByRole('button', { name: 'To-do list' }).click();
    await page.getByRole('textbox', { name: /^Project/ }).fill('Lists');
    await page.getByLabel('After the PRD').check();
    await page.getByLabel('US dollars').fill('2.5');
    await page.getByRole('button', { name: 'Start the mission' }).click();
    await page.getByRole('heading', { name: 'To-do list' }).waitFor();
    const id = new URL(page.url()).searchParams.get('id') ?? '';
    expect(await lab.test.app.sessions.get(caller, id)).toMatchObject({
      projectName: 'Lists',
      name: 'To-do list',
      options: { budget: { usd: 2.5 }, gates: ['after_prd', 'after_spec'] },
    });
    await open('/pages/submit');
    expect(await page.getByRole('textbox', { name: /^Mission/ }).inputValue()).toBe('');
    expect(lab.complaints()).toEqual([]);
  });

  it('says at its field what is wrong, and keeps what was typed over a reload', async () => {
    const { page, open } = visitor;
    await open('/pages/submit');
    await page.getByRole('textbox', { name: /^Mission/ }).fill('Mend it.');
    await page.getByLabel('A git repository').check();
    await page.getByRole('textbox', { name: 'Address' }).fill('ftp://example.org/x.git');
    await page.getByLabel('Rounds with QA').fill('0');
    await page.getByRole('button', { name: 'Start the mission' }).click();
    const field = page.locator('.at-field.at-wrong', { hasText: 'Rounds with QA' });
    await field.getByRole('alert').waitFor();
    await page.reload();
    expect(await page.getByRole('textbox', { name: /^Mission/ }).inputValue()).toBe('Mend it.');
    await page.getByRole('button', { name: 'Empty the form' }).click();
    expect(await page.getByRole('textbox', { name: /^Mission/ }).inputValue()).toBe('');
  });

  it('takes an archive of existing code', async () => {
    const { page, open, caller } = visitor;
    await open('/pages/submit');
    await page.getByRole('textbox', { name: /^Mission/ }).fill('Mend the shop.');
    await page.getByLabel('Upload an archive').check();
    await page.getByLabel('Archive', { exact: true }).setInputFiles({
      name: 'shop.zip',
      mimeType: 'application/zip',
      buffer: Buffer.from(await zipOf({ 'src/a.js': 'x', 'src/b.js': 'y' })),
    });
    await page.getByText('shop.zip: 2 files').waitFor();
    await page.getByRole('button', { name: 'Start the mission' }).click();
    await page.getByRole('heading', { name: 'Mend the shop.' }).waitFor();
    const id = new URL(page.url()).searchParams.get('id') ?? '';
    const { options } = await lab.test.app.sessions.get(caller, id);
    expect(options).toMatchObject({ source: { kind: 'archive' } });
    expect(lab.complaints()).toEqual([]);
  });
});
