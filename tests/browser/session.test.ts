import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { approve } from '../../src/testing/app.js';
import {
  HAS_BROWSER,
  openPanel,
  overflow,
  violations,
  type PanelLab,
  type Visitor,
} from '../../src/testing/browser.js';
import { BAD_SUM, GOOD_SUM, sumCatalog } from '../../src/testing/studio-script.js';

const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });

(HAS_BROWSER ? describe : describe.skip)('a session’s page (needs Chromium)', () => {
  let lab: PanelLab;
  let visitor: Visitor;
  /** Whether the model refuses the Architect. */
  let broken = false;
  const submit = async (options: Record<string, unknown> = {}, name = 'Sum'): Promise<string> => {
    const { session } = await lab.test.app.sessions.submit(visitor.caller, {
      mission: 'Add two numbers',
      name,
      options,
    });
    return session.sessionId;
  };
  const carry = async (id: string): Promise<unknown> =>
    lab.test.app.runner.run(id, new AbortController().signal);
  const finished = async (): Promise<string> => {
    const id = await submit();
    await carry(id);
    await approve(lab.test.app, visitor.caller, id);
    await carry(id);
    return id;
  };

  beforeAll(async () => {
    let attempts = 0;
    lab = await openPanel({
      catalog: sumCatalog({
        write_tech_spec: () =>
          broken ? Object.assign(new Error('No such model'), { status: 404 }) : undefined,
        // Every first attempt is wrong, every second one right.
        write_code: () => code((attempts += 1) % 2 === 1 ? BAD_SUM : GOOD_SUM),
      }),
    });
    visitor = await lab.signIn('submitter');
  });
  afterAll(() => lab.close());

  it('follows the work to its gate by itself, and cancels after asking', async () => {
    const { page, open } = visitor;
    const id = await submit();
    await open(`/pages/session?id=${id}`);
    const way = page.getByRole('list', { name: 'The way so far' });
    await way.getByText('Delivery').waitFor();
    await carry(id);
    await way.getByText('waits for a decision').waitFor();
    expect(await way.getByText('Product Manager').count()).toBe(1);
    const review = page
      .getByRole('region', { name: 'Waiting' })
      .getByRole('link', { name: 'Review and decide' });
    const [gate] = await lab.test.app.approvals.list(visitor.caller, id);
    expect(await review.getAttribute('href')).toBe(`/admin/pages/review?id=${gate?.id}`);
    expect(await violations(page)).toEqual([]);
    await lab.shot(page, 'session-gate');

    await page.getByRole('button', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('What was made so far stays').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Not now' }).click();
    expect(await lab.test.app.sessions.get(visitor.caller, id)).toMatchObject({
      status: 'awaiting_approval',
    });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Cancel the session' }).click();
    await page.getByText('cancelled', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Retry' }).waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('says why the work rests, and retries it', async () => {
    const { page, open } = visitor;
    const id = await submit();
    broken = true;
    await carry(id);
    broken = false;
    await open(`/pages/session?id=${id}`);
    const problem = page.getByRole('region', { name: 'What went wrong' });
    await problem.getByText('No such model').waitFor();
    await problem.getByText('Check its key and model').waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await problem.waitFor({ state: 'detached' });
    await carry(id);
    await page.getByRole('region', { name: 'Waiting' }).waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('shows each round with what QA said, the tests with the criteria, and what was done when', async () => {
    const { page, open } = visitor;
    const id = await finished();
    await open(`/pages/session?id=${id}`);
    const way = page.getByRole('list', { name: 'The way so far' });
    await way.getByText('attempt 2').first().waitFor();
    expect(await way.getByText('sent back').count()).toBe(1);
    await way.getByText('1 passed, 0 failed').waitFor();
    await lab.shot(page, 'session-done');
    await page.getByRole('tab', { name: 'Tests' }).click();
    await page.getByText('1 tests passed, 0 failed').waitFor();
    await page.getByText('Test report: attempt 2').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Executions' }).click();
    const table = page.getByRole('table', { name: 'Executions' });
    await table.getByRole('button', { name: 'Open what the model saw: Engineer, attempt 2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('System').waitFor();
    await dialog.getByText('export const add = (a, b) => a + b').first().waitFor();
    await lab.shot(page, 'session-call');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(lab.complaints()).toEqual([]);
  });

  it('shows files rendered and raw, what changed between versions, and gives them to keep', async () => {
    const { page, open } = visitor;
    const id = await finished();
    await open(`/pages/session?id=${id}&tab=files`);
    await page.getByRole('heading', { name: 'Requirements' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await lab.shot(page, 'session-files');
    await page.getByRole('tab', { name: 'Raw' }).click();
    await page.getByText('## Requirements').waitFor();
    await page.getByRole('button', { name: /^src\/sum\.js/ }).click();
    await page.getByRole('tab', { name: 'Changes' }).click();
    const changes = page.getByRole('region', { name: 'src/sum.js, from version 1 to 2' });
    await changes.getByText('a - b').first().waitFor();
    await lab.shot(page, 'session-changes');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Version' }).selectOption({ label: 'Version 1' });
    await page.getByText('a - b').first().waitFor();

    const [one] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(one.suggestedFilename()).toBe('sum.js');
    expect(await readFile(await one.path(), 'utf8')).toBe(BAD_SUM);
    const [all] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Zip: download the whole project' }).click(),
    ]);
    expect(all.suggestedFilename()).toMatch(/\.zip$/);
    expect((await readFile(await all.path())).subarray(0, 2).toString()).toBe('PK');
    expect(lab.complaints()).toEqual([]);
  });

  it('says in the page why an export cannot be had yet', async () => {
    const { page, open } = visitor;
    const id = await submit();
    await carry(id);
    await open(`/pages/session?id=${id}&tab=files`);
    await page.getByRole('button', { name: 'Patch: download the whole project' }).click();
    await page.getByRole('alert').getByText('attempt').waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('begins a phase again with an edited document', async () => {
    const { page, open, caller } = visitor;
    const id = await submit();
    await carry(id);
    await open(`/pages/session?id=${id}`);
    await page.getByRole('button', { name: 'Rerun from …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Phase').selectOption('arch');
    await dialog.getByText('docs/prd.md').first().click();
    const text = dialog.getByRole('textbox', { name: /^docs\/prd\.md/ });
    await text.fill(`${await text.inputValue()}\nNumbers may be negative.\n`);
    await lab.shot(page, 'session-rerun');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save the edit and begin again' }).click();
    await dialog.waitFor({ state: 'detached' });
    await carry(id);
    const prd = (await lab.test.app.artifacts.list(caller, id)).filter(
      ({ filePath }) => filePath === 'docs/prd.md',
    );
    expect(prd.map(({ version }) => version)).toEqual([1, 2]);
    await page.getByRole('region', { name: 'Waiting' }).waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('shows a paused budget, and goes on once something is added', async () => {
    const { page, open } = visitor;
    const id = await submit({ budget: { tokens: 50 } });
    await carry(id);
    await open(`/pages/session?id=${id}`);
    await page.getByText('paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Add to the budget' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tokens more').fill('5000000');
    await dialog.getByRole('button', { name: 'Add, and go on' }).click();
    await page.getByRole('region', { name: 'What went wrong' }).waitFor({ state: 'detached' });
    await carry(id);
    await page.getByRole('region', { name: 'Waiting' }).waitFor();
    await page.getByText('of 5M').waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('forks from a saved state, and compares the fork with its parent', async () => {
    const { page, open } = visitor;
    const id = await finished();
    await open(`/pages/session?id=${id}&tab=history`);
    // The state after the decision: before it came the input, PM and Architect.
    const state = page.getByRole('row').filter({ has: page.getByRole('cell', { name: '3', exact: true }) });
    await state.getByRole('button', { name: /^Fork from here: After/ }).click();
    await page.getByRole('dialog').getByLabel('Name of the fork').fill('The other way');
    await page.getByRole('dialog').getByRole('button', { name: 'Fork', exact: true }).click();
    await page.getByRole('heading', { name: 'The other way' }).waitFor();
    const fork = new URL(page.url()).searchParams.get('id') ?? '';
    expect(fork).not.toBe(id);
    await open(`/pages/session?id=${id}&tab=history`);
    await page.getByRole('link', { name: 'The other way' }).waitFor();
    await lab.shot(page, 'session-history');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('table', { name: 'Figures' }).waitFor();
    await page.getByRole('button', { name: 'Show src/sum.js' }).click();
    await page.getByRole('region', { name: 'Changes of src/sum.js' }).waitFor();
    await lab.shot(page, 'compare');
    expect(await violations(page)).toEqual([]);
    expect(lab.complaints()).toEqual([]);
  });

  it('renames, pins and deletes', async () => {
    const { page, open, caller } = visitor;
    const id = await submit({}, 'To go');
    await open(`/pages/session?id=${id}`);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Gone soon');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Gone soon' }).waitFor();
    await page.getByRole('button', { name: 'Pin' }).click();
    await page.getByRole('button', { name: 'Pinned', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the session' }).click();
    await page.waitForURL('**/pages/sessions');
    await expect(lab.test.app.sessions.get(caller, id)).rejects.toMatchObject({ code: 'not_found' });
    await open(`/pages/session?id=${id}`);
    await page.getByText('There is no such session').waitFor();
  });

  it('fits a phone in all its parts', async () => {
    const { page, open } = visitor;
    const id = await finished();
    await page.setViewportSize({ width: 390, height: 844 });
    for (const tab of ['overview', 'files', 'tests', 'executions', 'messages', 'history']) {
      await open(`/pages/session?id=${id}&tab=${tab}`);
      await page.getByRole('tab', { selected: true }).first().waitFor();
      expect([tab, await overflow(page)]).toEqual([tab, 0]);
      expect([tab, await violations(page)]).toEqual([tab, []]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('lets an approver read a session of another, and change nothing', async () => {
    const id = await finished();
    const { page, open } = await lab.signIn('approver');
    await open(`/pages/session?id=${id}`);
    await page.getByText('· by submitter').waitFor();
    for (const name of ['Rename', 'Delete', 'Rerun from …'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
  });
});

(HAS_BROWSER ? describe : describe.skip)('a session’s page while a model writes (needs Chromium)', () => {
  let lab: PanelLab;

  beforeAll(async () => {
    lab = await openPanel({}, { ATELIER_MODEL: 'rehearsal:studio?delayMs=40' });
  });
  afterAll(() => lab.close());

  it('shows what is being written as it comes', async () => {
    const { page, open, caller } = await lab.signIn('submitter');
    const { session } = await lab.test.app.sessions.submit(caller, {
      mission: 'Build a to-do list for the command line.',
    });
    await open(`/pages/session?id=${session.sessionId}`);
    const run = lab.test.app.runner.run(session.sessionId, new AbortController().signal);
    await page.getByText('Product Manager is writing').waitFor();
    await page.getByLabel('What is being written').getByText('to-do').waitFor();
    await page.getByText('rehearsal: recorded answers').waitFor();
    await run;
    await page.getByText('is writing').waitFor({ state: 'detached' });
    expect(lab.complaints()).toEqual([]);
  });
});
