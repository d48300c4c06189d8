import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { AuditView } from '../../src/http/presenters/audit.js';
import { approve } from '../../src/testing/app.js';
import {
  HAS_BROWSER,
  openPanel,
  overflow,
  settled,
  violations,
  type PanelLab,
  type Visitor,
} from '../../src/testing/browser.js';
import { activeId, draft, promptOf } from '../../src/testing/prompt-drafts.js';
import { endedMission } from '../../src/testing/prompt-figures.js';
import { sumCatalog } from '../../src/testing/studio-script.js';
import { until } from '../../src/testing/until.js';

(HAS_BROWSER ? describe : describe.skip)('the pages of prompts (need Chromium)', () => {
  let lab: PanelLab;
  let ada: Visitor;
  const BRIEF = promptOf('pm', 'You are a brief Product Manager.');

  beforeAll(async () => {
    lab = await openPanel({ catalog: sumCatalog() });
    ada = await lab.signIn('admin');
  });
  afterAll(() => lab.close());

  const version = (profile: string, id: number, more = ''): string =>
    `/pages/prompt?profile=${profile}&version=${id}${more}`;
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
  /** What the audit log says of a profile's prompt, in order, as the API shows it to an administrator. */
  const audited = async (profile: string): Promise<string[]> => {
    const { items } = await read<{ items: AuditView[] }>(ada, '/audit?limit=200');
    return items
      .filter(({ details }) => details['profile'] === profile)
      .map(({ eventType }) => eventType)
      .toReversed();
  };
  /** A mission of Ada's that has gone its whole way. */
  const finish = async (): Promise<void> => {
    const { app } = lab.test;
    const { session } = await app.sessions.submit(ada.caller, { mission: 'Add two numbers' });
    await app.runner.run(session.sessionId, new AbortController().signal);
    await approve(app, ada.caller, session.sessionId);
    await app.runner.run(session.sessionId, new AbortController().signal);
  };
  /** Gets from the API what the visitor would. */
  const read = async <T>({ page }: Visitor, path: string): Promise<T> =>
    (await (await page.request.get(`/api/v1${path}`)).json()) as T;

  it('show each agent with its active version, and find one by its name', async () => {
    const { page, open } = ada;
    await open('/pages/prompts');
    await page.getByRole('link', { name: /Product Manager/ }).waitFor();
    expect(await page.getByText('active', { exact: true }).count()).toBeGreaterThanOrEqual(4);
    await page.getByLabel('Find').fill('architect');
    await page.getByRole('link', { name: /Product Manager/ }).waitFor({ state: 'detached' });
    await page.getByLabel('Show').selectOption('canary');
    await page.getByText('No agent is like that').waitFor();
    await button(page, 'Show all agents').click();
    await page.getByRole('link', { name: /Product Manager/ }).waitFor();
  });

  it('tell figures of two missions honestly: how many there were, and that it is not enough', async () => {
    await finish();
    await finish();
    const { page, open } = ada;
    await open(version('pm', await activeId(lab.test.app, 'pm'), '&tab=outcomes'));
    const row = page.getByRole('table').getByRole('row', { name: /Version 1/ });
    await row.waitFor();
    expect(await row.getByText('2 ended').count()).toBe(1);
    expect(await row.getByText('not enough yet').count()).toBe(6);
    await open(version('pm', await activeId(lab.test.app, 'pm'), '&tab=used'));
    expect(await page.getByRole('link', { name: 'Add two numbers' }).count()).toBe(2);
  });

  it('take a draft from the editor over a tryout into use, and one click takes it out again', async () => {
    const { page, open } = ada;
    const { app } = lab.test;
    const first = await activeId(app, 'pm');
    await open(version('pm', first));
    await page.getByRole('link', { name: 'New draft from this' }).click();
    const text = page.getByLabel('Text of the prompt');
    await text.fill(BRIEF);
    await page.getByText('missions can use it').waitFor();
    await page.reload();
    await page.getByText('This is your text from').waitFor();
    expect(await text.inputValue()).toBe(BRIEF);
    await lab.shot(page, 'prompt-editor');
    await button(page, 'Save as a draft …').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('region', { name: 'Changes from version 1' }).waitFor();
    await dialog.getByRole('button', { name: 'Save the draft' }).click();
    await page.getByText('Say what is new').waitFor();
    await dialog.getByLabel('What is new').fill('Brief');
    await lab.shot(page, 'prompt-saving');
    await dialog.getByRole('button', { name: 'Save the draft' }).click();
    await page.getByRole('heading', { name: /Version 2/ }).waitFor();
    await page.getByText('This is not what new missions get').waitFor();

    await page.getByRole('tab', { name: 'Try out' }).click();
    await button(page, 'Try out on 2 inputs').click();
    await page.getByText('4 model calls').first().waitFor();
    await button(page, 'Start it').click();
    await page.getByText('0 of 4 calls have ended').waitFor();
    while (await app.promptWork.tryoutWorker.once());
    await page.getByText('4 of 4 calls have ended').waitFor();
    expect(await page.getByText('valid', { exact: true }).count()).toBe(4);
    await page.getByRole('row', { name: /Valid answers 2 of 2 2 of 2 none/ }).waitFor();
    await lab.shot(page, 'prompt-tryout');
    await page.getByRole('region', { name: 'Input 1' }).scrollIntoViewIfNeeded();
    await lab.shot(page, 'prompt-tryout-answers');
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(await violations(page)).toEqual([]);

    await button(page, 'Activate version 2').click();
    await page.getByText('Missions that have begun keep').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Activate version 2' }).click();
    await button(page, 'Roll back to version 1').waitFor();
    expect(await activeId(app, 'pm')).not.toBe(first);
    await button(page, 'Roll back to version 1').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to version 1' }).click();
    await button(page, 'Activate version 2').waitFor();
    expect(await activeId(app, 'pm')).toBe(first);
    const { items } = await read<{ items: { reason: string; byName: string }[] }>(
      ada,
      '/prompts/profiles/pm/activations',
    );
    expect(items.map(({ reason, byName }) => [reason, byName])).toEqual([
      ['rolled_back', 'admin'],
      ['activated', 'admin'],
      ['seeded', null],
    ]);
    expect(await audited('pm')).toEqual([
      'prompt_drafted',
      'tryout_started',
      'prompt_activated',
      'prompt_rolled_back',
    ]);
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Back to version 1 by admin, instead of version 2').waitFor();
    await lab.shot(page, 'prompt-history');
    expect(lab.complaints()).toEqual([]);
  });

  it('stop a tryout that nobody needs any more', async () => {
    const { page, open } = ada;
    const { app } = lab.test;
    const { id } = await draft(app, ada.caller, 'pm', 'Another way.');
    await open(version('pm', id, '&tab=tryout'));
    await page.getByLabel('Those I pick').check();
    await page.getByRole('list', { name: 'Recorded inputs' }).getByRole('checkbox').first().check();
    await button(page, 'Try out on 1 input').click();
    await page.getByText('going by your earlier tryouts').or(page.getByText('Nobody can say yet')).waitFor();
    await button(page, 'Start it').click();
    await button(page, 'Stop it').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop it' }).click();
    await page.getByText('it was stopped').waitFor();
    expect(await app.promptWork.tryoutWorker.once()).toBe(false);
  });

  it('keep a version with an unknown variable out of use, and say which one', async () => {
    const { page, open } = ada;
    const { id } = await draft(lab.test.app, ada.caller, 'arch', 'Use {{weather}}.', ['weather']);
    await open(version('arch', id));
    await page.getByText('Missions cannot use this version.').waitFor();
    await page.getByText('is unknown').waitFor();
    expect(await button(page, 'Activate version 2').isDisabled()).toBe(true);
    await lab.shot(page, 'prompt-unknown-variable');
    await page.getByRole('link', { name: 'New draft from this' }).click();
    await page.getByText('is unknown').waitFor();
    await page.getByLabel('Text of the prompt').fill(promptOf('arch', 'Use {{weather}}.'));
    await page.getByText('cannot be saved', { exact: true }).waitFor();
    expect(await button(page, 'Save as a draft …').isDisabled()).toBe(true);
    await page.getByLabel('Text of the prompt').fill(promptOf('pm', 'For another.'));
    await page.getByText('It must say "profile: arch", not "pm".').waitFor();
    await button(page, 'Undo all').click();
  });

  it('do not overwrite what another person has just put into use', async () => {
    const { app } = lab.test;
    const bob = await lab.signIn('approver');
    const hers = await draft(app, ada.caller, 'qa', 'Hers.');
    const his = await draft(app, bob.caller, 'qa', 'His.');
    await ada.open(version('qa', hers.id));
    await button(ada.page, 'Activate version 2').click();
    await bob.open(version('qa', his.id));
    await button(bob.page, 'Activate version 3').click();
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Activate version 3' }).click();
    await button(bob.page, 'Roll back to version 1').waitFor();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Activate version 2' }).click();
    await ada.page.getByText('nothing was changed').waitFor();
    await ada.page.getByText('approver made version 3 the active one').waitFor();
    await lab.shot(ada.page, 'prompt-stale');
    expect(await activeId(app, 'qa')).toBe(his.id);
    await ada.page.getByRole('link', { name: 'Compare with version 3' }).click();
    await ada.page.getByRole('heading', { name: 'From version 3 to version 2' }).waitFor();
    await ada.page.getByRole('region', { name: 'Changes by words' }).waitFor();
    await lab.shot(ada.page, 'prompt-changes');
    await button(ada.page, 'Activate version 2').click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Activate version 2' }).click();
    await button(ada.page, 'Roll back to version 3').waitFor();
    expect(await activeId(app, 'qa')).toBe(hers.id);
    await bob.context.close();
  });

  it('take the author’s draft into use only when another person stands for it, where that is asked for', async () => {
    const { app } = lab.test;
    await app.settings.set('requirePromptApproval', true, ada.caller);
    const bob = await lab.signIn('approver');
    const { id } = await draft(app, ada.caller, 'pm', 'Agreed on.');
    await ada.open(version('pm', id));
    await button(ada.page, 'Activate version 4').click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Activate version 4' }).click();
    await ada.page.getByText('has not been approved by another person than its author').waitFor();
    await button(ada.page, 'Not now').click();
    await button(ada.page, 'Propose').click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Propose' }).click();
    await ada.page.getByText('proposed by admin').waitFor();
    await button(ada.page, 'Approve').click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await ada.page.getByText('another approver has to approve it').waitFor();
    await button(ada.page, 'Not now').click();
    await bob.open(version('pm', id));
    await button(bob.page, 'Approve').click();
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await bob.page.getByText('approved by approver').waitFor();
    expect(await button(bob.page, 'Approve').count()).toBe(0);
    await app.settings.set('requirePromptApproval', null, ada.caller);
    await bob.context.close();
  });

  it('end a canary that nobody wants any more, and keep its figures', async () => {
    const { page, open } = ada;
    const { app } = lab.test;
    const { id } = await draft(app, ada.caller, 'arch', 'Other ways.');
    const { canary } = await app.promptWork.canaries.start(ada.caller, 'arch', { versionId: id, percent: 5 });
    await open(version('arch', id, '&tab=canary'));
    await button(page, 'Drop').click();
    await button(page, 'Drop the canary').click();
    await page.getByText('There have been none.').waitFor({ state: 'detached' });
    await page.getByText('dropped', { exact: true }).waitFor();
    await button(page, 'Figures').click();
    await page.getByText('Too early to tell.').waitFor();
    expect((await app.promptWork.canaries.get(canary.id)).canary.status).toBe('dropped');
    expect(lab.complaints()).toEqual([]);
  });

  it('give a version to a share of missions, tell how both do, and promote it', async () => {
    const { page, open } = ada;
    const { app } = lab.test;
    const { id } = await draft(app, ada.caller, 'eng', 'Code less.');
    await open(version('eng', id, '&tab=canary'));
    await page.getByLabel('Share of new missions in percent').fill('50');
    expect(await page.getByLabel('Share of new missions, slider').inputValue()).toBe('50');
    await page.getByLabel('No verdict before').fill('5');
    await lab.shot(page, 'prompt-canary-start');
    await button(page, 'Start with 50 %').click();
    await page.getByText('about 50 % of new missions').waitFor();
    await button(page, 'Start the canary').click();
    await page.getByText('Too early to tell.').waitFor();
    for (let n = 0; n < 24; n += 1)
      await endedMission(app, ada.caller, {
        ...{ qaPassed: n % 6 > 0, approved: n % 6 !== 3, iterations: 1 + (n % 3) },
        ...{ seconds: 40 + n * 7, tokens: 900 + n * 60 },
      });
    await until('both arms have enough', async () => {
      const { arms } = await app.promptWork.canaries.get(
        (await app.promptWork.canaries.list('eng'))[0]?.id ?? 0,
      );
      if (Math.min(arms.canary.missions, arms.baseline.missions) >= 5) return true;
      await endedMission(app, ada.caller, {
        qaPassed: true,
        approved: true,
        iterations: 1,
        seconds: 9,
        tokens: 9,
      });
      return null;
    });
    await open(version('eng', id, '&tab=canary'));
    await page.getByText(/No clear difference/).waitFor();
    expect(await page.getByRole('img', { name: /QA passed, canary: \d+ % \(\d+ % to \d+ %\)/ }).count()).toBe(
      1,
    );
    await lab.shot(page, 'prompt-canary');
    expect(await violations(page)).toEqual([]);
    await open(version('eng', id, '&tab=outcomes'));
    await page.getByRole('img', { name: /Tokens of a mission, v2/ }).waitFor();
    await lab.shot(page, 'prompt-outcomes');
    await page.getByRole('table').scrollIntoViewIfNeeded();
    await lab.shot(page, 'prompt-outcomes-table');
    expect(await violations(page)).toEqual([]);
    await open('/pages/prompts');
    await page.getByText('canary 50 %').waitFor();
    await lab.shot(page, 'prompts');
    expect(await violations(page)).toEqual([]);
    await open(version('eng', id, '&tab=canary'));
    await button(page, 'Promote').click();
    await button(page, 'Make version 2 the active one').click();
    await button(page, 'Roll back to version 1').waitFor();
    expect(await activeId(app, 'eng')).toBe(id);
    await page.getByText('promoted', { exact: true }).waitFor();
    expect(await audited('eng')).toEqual([
      'prompt_drafted',
      'canary_started',
      'canary_promoted',
      'prompt_activated',
    ]);
    expect(lab.complaints()).toEqual([]);
  });

  it('only show, to those who do not approve, and the API refuses them too', async () => {
    const { app } = lab.test;
    const id = await activeId(app, 'pm');
    for (const [role, tabs] of [
      ['viewer', ['Text', 'Changes', 'Canary', 'Missions', 'History']],
      ['submitter', ['Text', 'Changes', 'Outcomes', 'Canary', 'Missions', 'History']],
    ] as const) {
      const visitor = await lab.signIn(role);
      const { page, open } = visitor;
      await open(version('pm', id, '&edit=1'));
      await page.getByRole('heading', { name: 'Version 1 active' }).waitFor();
      const shown = await page
        .getByRole('tablist', { name: 'Views of the version' })
        .getByRole('tab')
        .allTextContents();
      expect([role, shown]).toEqual([role, tabs]);
      expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
      expect(await page.getByRole('link', { name: 'New draft from this' }).count()).toBe(0);
      const refused = await page.request.post(`/api/v1/prompts/${id}/activate`, {
        headers: { origin: lab.url },
        data: { expectedActiveVersionId: id },
      });
      expect(refused.status()).toBe(403);
      await visitor.context.close();
    }
  });

  it('fit a phone, and everybody who does not see or point', async () => {
    const { page, open, context } = await lab.signIn('approver', 'phone');
    const id = await activeId(lab.test.app, 'pm');
    for (const path of [
      '/pages/prompts',
      version('pm', id),
      ...['changes', 'outcomes', 'tryout', 'canary', 'used', 'history'].map((tab) =>
        version('pm', id, `&tab=${tab}`),
      ),
      version('pm', id, '&edit=1'),
    ]) {
      await open(path);
      await settled(page);
      expect([path, await overflow(page)]).toEqual([path, 0]);
      expect([path, await violations(page)]).toEqual([path, []]);
    }
    await open(version('pm', id));
    await page.getByRole('tab', { name: 'Text' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: 'Changes', selected: true }).waitFor();
    await lab.shot(page, 'prompt');
    await open('/pages/prompt');
    await page.getByText('Which prompt?').waitFor();
    await open('/pages/prompt?profile=nobody');
    await page.getByRole('alert').waitFor();
    await open(`/pages/prompt?version=${id}`);
    await page.getByRole('heading', { name: 'Product Manager’s prompt' }).waitFor();
    expect(lab.complaints()).toEqual([]);
    await context.close();
  });
});
