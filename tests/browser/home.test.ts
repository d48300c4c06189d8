import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';

/** Two weeks of missions of one person, as SQL makes them. */
async function fill({ test: { app } }: PanelLab, userId: string): Promise<void> {
  const db = app.dataSource;
  await db.query(
    `INSERT INTO sessions (session_id, user_id, user_mission, name, status, current_phase, qa_passed, created_at,
                           updated_at, last_active_at, completed_at, error)
     SELECT 'home-' || n, $1, 'Build service number ' || n, CASE WHEN n % 3 = 0 THEN 'Service ' || n END,
            status, CASE status WHEN 'awaiting_approval' THEN 'human_gate' WHEN 'running' THEN 'eng' ELSE 'complete' END,
            n % 7 <> 0, at, at, at, CASE WHEN status IN ('completed', 'failed') THEN at + interval '1 hour' END,
            CASE WHEN status IN ('failed', 'needs_attention')
                 THEN '{"code": "tests_failed", "message": "The tests fail after three rounds: one expects 4 and gets 5."}'::jsonb END
       FROM (SELECT n, now() - interval '1 hour' * (n * 5) - interval '2 hours' AS at,
                    (ARRAY['completed', 'completed', 'completed', 'failed', 'completed', 'awaiting_approval',
                           'completed', 'running', 'needs_attention'])[1 + n % 9] AS status
               FROM generate_series(1, 60) n) x`,
    [userId],
  );
  await db.query(
    `INSERT INTO approvals (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, created_at)
     SELECT 'gate-' || session_id, session_id, 'human_gate', 'i', 'c', '[]', updated_at
       FROM sessions WHERE status = 'awaiting_approval' AND session_id LIKE 'home-%'`,
  );
  await db.query(
    `INSERT INTO agent_executions (session_id, agent_type, phase, status, started_at, duration_seconds, tokens_used)
     SELECT s.session_id, a.agent, a.agent, CASE WHEN random() < 0.1 THEN 'failed' ELSE 'completed' END, s.created_at,
            20 + random() * 60, 4000
       FROM sessions s, unnest(ARRAY['pm', 'arch', 'eng', 'qa']) AS a(agent) WHERE s.session_id LIKE 'home-%'`,
  );
  await db.query(
    `INSERT INTO usage_days (profile_name, day, used_runs, used_tokens, used_usd)
     SELECT p, ((now() AT TIME ZONE 'UTC')::date - n), 12, 48000, (n % 5) * 0.61 + 0.2
       FROM generate_series(0, 13) n, unnest(ARRAY['pm', 'eng']) AS p`,
  );
}

(HAS_BROWSER ? describe : describe.skip)('the home page', () => {
  let lab: PanelLab;
  beforeAll(async () => {
    lab = await openPanel();
  });
  afterAll(async () => lab.close());

  it('says what to do first while there is nothing to show', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('');
    await page.getByRole('heading', { name: 'Start here' }).waitFor();
    await page.getByRole('link', { name: 'Agent settings' }).first().waitFor();
    await lab.shot(page, 'home-empty');
    expect(await violations(page)).toEqual([]);
    expect(lab.complaints()).toEqual([]);
  });

  it('shows an approver what waits in the team, and leads to its review', async () => {
    const owner = await lab.signIn('submitter');
    await fill(lab, owner.caller.userId);
    await lab.test.app.profiles.update(await lab.test.person('admin'), 'pm', {
      dailyLimit: 20,
      usageUnit: 'runs',
    });
    const { open, page } = await lab.signIn('approver');
    await open('');
    const waiting = page.locator('section.at-card', { hasText: 'Waiting for a decision' });
    const links = waiting.locator('li a');
    // The team's figures are read anew every few seconds.
    await links.nth(4).waitFor();
    expect(await links.count()).toBe(5);
    expect(await links.first().getAttribute('href')).toMatch(/\/admin\/pages\/review\?id=gate-home-/);
    await page.getByRole('heading', { name: 'Missions per day' }).waitFor();
    await page.locator('.at-chart svg').first().waitFor();
    expect(await page.getByRole('meter', { name: 'pm' }).getAttribute('aria-valuenow')).toBe('60');
    await lab.shot(page, 'home');
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    expect(lab.complaints()).toEqual([]);
  });

  it('shows a submitter nothing of others, and has no view of the team for them', async () => {
    const { open, page } = await lab.signIn('submitter');
    await open('');
    await page.getByRole('heading', { name: 'Start here' }).waitFor();
    expect(await page.getByRole('tab').count()).toBe(0);
    expect(await page.locator('main').innerText()).not.toContain('Service');
  });

  it('gives the figures of a chart as a table, too', async () => {
    const { open, page } = await lab.signIn('approver');
    await open('');
    const chart = page.locator('figure.at-chart').first();
    await chart.getByText('As a table').click();
    expect(await chart.locator('tbody tr').count()).toBe(14);
    expect(await chart.locator('thead').innerText()).toMatch(/submitted/);
  });

  it('has the team’s figures for approvers only', async () => {
    const { app } = lab.test;
    const submitter = await lab.test.person('submitter');
    await expect(app.overview.overview(submitter, 'team')).rejects.toMatchObject({ code: 'forbidden' });
    expect((await app.overview.overview(submitter, 'mine')).isEmpty).toBe(true);
  });
});
