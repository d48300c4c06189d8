import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, overflow, violations } from '../../src/testing/browser.js';
import { openReviewLab, RICH_PRD, SECOND_PRD, type ReviewLab } from '../../src/testing/review-lab.js';
import type { Caller } from '../../src/services/sessions.js';

const lineOf = (text: string, line: string): number => text.split('\n').indexOf(line) + 1;

(HAS_BROWSER ? describe : describe.skip)('reading on the review page (needs Chromium)', () => {
  let lab: ReviewLab;
  let owner: Caller;

  beforeAll(async () => {
    lab = await openReviewLab();
    owner = await lab.test.person('submitter');
  });
  afterAll(() => lab.close());
  afterEach(() => expect(lab.complaints()).toEqual([]));

  it('renders tables, code and diagrams, and nothing of hostile markup acts', async () => {
    const { id } = await lab.gate(owner);
    const { page } = await lab.reviewer('approver', id);
    await page.locator('.at-doc table').waitFor();
    await page.locator('.at-doc .hljs-keyword').first().waitFor();
    await page.locator('.at-doc .at-diagram svg').waitFor();
    expect(await page.locator('.at-doc script, .at-doc img').count()).toBe(0);
    expect(await page.locator('.at-doc a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    await lab.shot(page, 'review');
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('shows each document in a tab, by its lines too, and goes to a heading', async () => {
    const { id } = await lab.gate(owner);
    const { page } = await lab.reviewer('approver', id);
    await page.getByRole('button', { name: 'Out of scope' }).click();
    await page.getByRole('tab', { name: 'Lines' }).click();
    await page.getByText('## Out of scope').waitFor();
    await lab.shot(page, 'review-lines');
    await page.keyboard.press('2');
    await page.getByText('# Sum: technical specification').waitFor();
    await page.getByRole('tab', { name: 'Read' }).click();
    await page.getByRole('heading', { name: 'Sum: technical specification' }).waitFor();
    await page.getByRole('tab', { name: 'Scaffold' }).click();
    await page.getByText('package.json').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('keeps a comment on its lines through a revision, and one on lines that are gone with its quote', async () => {
    const { id, sessionId } = await lab.gate(owner);
    const { page, open } = await lab.reviewer('approver', id);
    await page
      .getByRole('button', {
        name: `Comment on line ${lineOf(RICH_PRD, 'Two numbers are added.')}`,
        exact: true,
      })
      .click();
    await page.getByPlaceholder('What should be different').fill('By which <rules>?');
    await page.reload();
    expect(await page.getByPlaceholder('What should be different').inputValue()).toBe('By which <rules>?');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.getByRole('article').getByText('By which <rules>?').waitFor();
    await page
      .getByRole('button', { name: `Comment on line ${lineOf(RICH_PRD, '- Everybody.')}`, exact: true })
      .click();
    await page.getByPlaceholder('What should be different').fill('Who is everybody?');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('article').getByText('Who is everybody?').waitFor();
    await lab.shot(page, 'review-comments');
    await page.keyboard.press('n');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Who is everybody?');

    await page.keyboard.press('c');
    expect(await page.getByRole('button', { name: 'Send the request' }).isEnabled()).toBe(true);
    await lab.shot(page, 'review-request');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.getByText('You decided: changes requested.').waitFor();
    await lab.go(sessionId);
    expect(lab.told('write_prd')).toContain('By which');
    expect(lab.told('write_prd')).toContain('> Two numbers are added.');

    await page.getByRole('link', { name: 'Review revision 2' }).click();
    await page.getByText('On lines that are gone').waitFor();
    expect(await page.locator('.at-outdated').textContent()).toContain('- Everybody.');
    const moved = page.locator(`#line-${lineOf(SECOND_PRD, 'Two numbers are added.')} + article`);
    expect(await moved.textContent()).toContain('By which <rules>?');
    await page.getByRole('tab', { name: 'Changes' }).click();
    await page.getByText('Now with more words.').waitFor();
    await lab.shot(page, 'review-changes');
    await page.getByRole('tab', { name: 'Side by side' }).click();
    await lab.shot(page, 'review-sides');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Read' }).click();
    await lab.shot(page, 'review-second');

    await moved.getByRole('button', { name: 'Resolve' }).click();
    await moved.getByText('resolved').waitFor();
    await open(`/pages/review?id=${id}`);
    await page.getByText('approver requested changes from the Product manager').first().waitFor();
    await page.getByRole('link', { name: 'Review revision 2' }).waitFor();
    await lab.shot(page, 'review-decided');
  });

  it('shows a viewer everything of their own, and no way to decide or to comment', async () => {
    const viewer = await lab.signIn('viewer');
    const { id } = await lab.gate({ ...viewer.caller, role: 'submitter' });
    await viewer.open(`/pages/review?id=${id}`);
    await viewer.page.getByText('You cannot decide this.').waitFor();
    await viewer.page.getByRole('heading', { name: 'Requirements' }).waitFor();
    expect(await viewer.page.getByRole('button', { name: /Approve|Reject|Comment on/ }).count()).toBe(0);
    await viewer.page.keyboard.press('a');
    expect(await viewer.page.getByRole('dialog').count()).toBe(0);
  });

  it('says to a stranger that there is no such review for them', async () => {
    const { id } = await lab.gate(owner);
    const { page } = await lab.reviewer('submitter', id);
    await page.getByText('There is no such review for you').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('Add two numbers');
  });

  it('explains its keys, and lets them be turned off', async () => {
    const { id } = await lab.gate(owner);
    const { page } = await lab.reviewer('approver', id);
    await page.getByRole('heading', { name: 'Requirements' }).waitFor();
    await page.keyboard.press('?');
    await page.getByText('request changes', { exact: true }).waitFor();
    await lab.shot(page, 'review-keys');
    await page.getByLabel('Use these keys').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});
