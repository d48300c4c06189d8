import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, overflow, settled, violations } from '../../src/testing/browser.js';
import { openReviewLab, type ReviewLab } from '../../src/testing/review-lab.js';
import type { Caller } from '../../src/services/sessions.js';

(HAS_BROWSER ? describe : describe.skip)('the inbox (needs Chromium)', () => {
  let lab: ReviewLab;
  let owner: Caller;

  beforeAll(async () => {
    lab = await openReviewLab();
    owner = await lab.test.person('submitter');
  });
  afterAll(() => lab.close());
  afterEach(() => expect(lab.complaints()).toEqual([]));

  it('says that nothing waits, and what would', async () => {
    const { page, open } = await lab.signIn('submitter');
    await open('/pages/inbox');
    await page.getByText('When a mission of yours needs a decision').waitFor();
    await lab.shot(page, 'inbox-empty');
    expect(await violations(page)).toEqual([]);
  });

  it('comes to a decision in three actions on a phone', async () => {
    const gate = await lab.gate(owner);
    const { page, open } = await lab.signIn('approver', 'phone');
    await open('/pages/inbox');
    let actions = 0;
    const tap = async (role: 'link' | 'button', name: string | RegExp): Promise<void> => {
      actions += 1;
      // Only what can be seen without scrolling can be tapped.
      const target = page.getByRole(role, { name }).first();
      await target.waitFor();
      const box = await target.boundingBox();
      expect(box && box.y >= 0 && box.y + box.height <= 844).toBe(true);
      expect(box?.height).toBeGreaterThanOrEqual(36);
      await target.click();
    };
    await tap('link', /Add two numbers/);
    await tap('button', /^Approve$/);
    await lab.shot(page, 'review-approve-phone');
    await tap('button', 'Confirm approval');
    await page.getByText('You decided: approved.').waitFor();
    expect(actions).toBe(3);
    expect(await overflow(page)).toBe(0);
    const [decided] = await lab.test.app.approvals.list(owner, gate.sessionId);
    expect(decided?.status).toBe('approved');
  });

  it('lists the longest wait first, finds by words, gate and state, and is used by keys alone', async () => {
    const old = await lab.gate(owner, `Add numbers. ${'A very long mission that says much. '.repeat(20)}`);
    const young = await lab.gate(owner, 'Multiply <b>two</b> numbers');
    const { page, open } = await lab.signIn('approver');
    await open('/pages/inbox');
    const rows = page.locator('.at-inbox-row');
    expect(await rows.count()).toBe(2);
    expect(await rows.first().textContent()).toContain('Add numbers.');
    expect(await rows.last().textContent()).toContain('Multiply <b>two</b> numbers');
    await lab.shot(page, 'inbox');
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/review?id=${old.id}`);
    await page.goBack();
    await page.getByLabel('Search').fill('multiply');
    await rows.getByText('Add numbers.').waitFor({ state: 'detached' });
    await settled(page);
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('Multiply')]);
    await page.getByLabel('Search').fill('divide');
    await page.getByText('Nothing matches').waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Asked for').selectOption('studio/human_gate');
    await rows.first().waitFor();
    await settled(page);
    await page.getByLabel('State').selectOption('approved');
    await rows.getByText('approved').waitFor();
    await page.getByLabel('Whose').selectOption('mine');
    await page.getByText('Nothing matches').waitFor();
    expect(young.id).not.toBe(old.id);
  });

  it('shows a new gate by itself, and to whom it is none of theirs nothing', async () => {
    const stranger = await lab.signIn('submitter');
    await stranger.open('/pages/inbox');
    const approver = await lab.signIn('approver');
    await approver.open('/pages/inbox');
    await lab.gate(owner, 'Divide two numbers');
    await approver.page.getByText('Divide two numbers').waitFor({ timeout: 20_000 });
    await stranger.page.reload();
    await settled(stranger.page);
    await stranger.page.getByText('Nothing waits').waitFor();
    expect(await stranger.page.locator('main').textContent()).not.toContain('Divide');
  });
});
