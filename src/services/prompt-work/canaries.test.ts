import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../app.js';
import { newId } from '../../core/ids.js';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { activeId, draft } from '../../testing/prompt-drafts.js';
import type { Caller } from '../sessions.js';
import { inCanary } from './canary-share.js';

describe('a canary', () => {
  let test: TestApp;
  let app: App;
  let caller: Caller;
  let version: number;

  beforeAll(async () => {
    test = await startTestApp();
    app = test.app;
    caller = await test.person('approver');
  });
  afterAll(async () => test.close());
  beforeEach(async () => {
    for (const { id } of (await app.promptWork.canaries.list('pm')).filter(
      ({ status }) => status === 'running',
    ))
      await app.promptWork.canaries.drop(caller, id);
    version = (await draft(app, caller, 'pm', `Way ${newId()}`)).id;
  });

  const start = (percent: number, more: { autoStop?: boolean; minMissions?: number } = {}) =>
    app.promptWork.canaries.start(caller, 'pm', { versionId: version, percent, ...more });
  const submit = async (from: App = app) =>
    (await from.sessions.submit(caller, { mission: 'Add two numbers' })).session;

  it('gives its version to its share of new missions of every process, and writes down which they are', async () => {
    const other = await test.another();
    const baseline = await activeId(app, 'pm');
    const before = await submit();
    const { canary } = await start(50);
    const missions = await Promise.all(Array.from({ length: 40 }, (_, n) => submit(n % 2 ? app : other)));
    for (const { sessionId, promptVersions } of missions)
      expect(promptVersions['pm']).toBe(inCanary(canary, sessionId) ? version : baseline);
    const taken = missions.filter(({ promptVersions }) => promptVersions['pm'] === version).length;
    expect(taken).toBeGreaterThan(4);
    expect(taken).toBeLessThan(36);
    const { arms } = await app.promptWork.canaries.get(canary.id);
    expect(arms).toMatchObject({
      canary: { versionId: version, missions: taken },
      baseline: { versionId: baseline, missions: 40 - taken },
    });
    const rows: unknown[] = await app.dataSource.query(
      `SELECT 1 FROM session_prompts WHERE session_id = $1 AND canary_id IS NULL AND NOT is_canary`,
      [before.sessionId],
    );
    expect(rows).toHaveLength(4);
  });

  it('is one per profile, also when several are started at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => start(10)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'canary_running' });
    await expect(start(51)).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(start(0)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('is promoted: its version is active, and its missions stay as they were', async () => {
    const baseline = await activeId(app, 'pm');
    const { canary } = await start(50);
    const missions = await Promise.all(Array.from({ length: 10 }, () => submit()));
    expect((await app.promptWork.canaries.promote(caller, canary.id)).canary).toMatchObject({
      status: 'promoted',
      endedBy: caller.userId,
    });
    expect(await activeId(app, 'pm')).toBe(version);
    for (const { sessionId, promptVersions } of missions)
      expect((await app.sessions.get(caller, sessionId)).promptVersions).toEqual(promptVersions);
    expect((await submit()).promptVersions['pm']).toBe(version);
    await expect(app.promptWork.canaries.promote(caller, canary.id)).rejects.toMatchObject({
      code: 'canary_ended',
    });
    expect((await app.promptWork.switch.history('pm'))[0]).toMatchObject({ reason: 'promoted' });
    await app.promptWork.switch.rollback(caller, 'pm', version);
    expect(await activeId(app, 'pm')).toBe(baseline);
  });

  it('is dropped: new missions get the active version', async () => {
    const baseline = await activeId(app, 'pm');
    const { canary } = await start(50);
    await app.promptWork.canaries.drop(caller, canary.id);
    const missions = await Promise.all(Array.from({ length: 10 }, () => submit()));
    expect(missions.every(({ promptVersions }) => promptVersions['pm'] === baseline)).toBe(true);
  });

  it('ends when another version is made the active one, as its comparison is gone', async () => {
    const { canary } = await start(20);
    const third = await draft(app, caller, 'pm', 'A third way.');
    await app.promptWork.switch.activate(caller, third.id, await activeId(app, 'pm'));
    expect((await app.promptWork.canaries.get(canary.id)).canary).toMatchObject({
      status: 'stopped',
      reason: expect.stringContaining('was made the active one'),
    });
  });

  /** Missions that ended, without the hours they would take. */
  const missionsEnd = async (canaryId: number, isCanary: boolean, judged: number, passed: number) => {
    for (let n = 0; n < judged; n += 1) {
      const { sessionId } = await submit();
      await app.dataSource.query(
        `UPDATE session_prompts SET is_canary = $3, version_id = CASE WHEN $3 THEN $4 ELSE version_id END
          WHERE session_id = $1 AND canary_id = $2`,
        [sessionId, canaryId, isCanary, version],
      );
      await app.dataSource.query(
        `UPDATE sessions SET status = 'completed', iteration_count = 1, qa_passed = $2, done_seq = wake_seq
          WHERE session_id = $1`,
        [sessionId, n < passed],
      );
    }
  };

  it('is stopped by itself once it does significantly worse, and not before', async () => {
    const { canary } = await start(50, { minMissions: 10 });
    await missionsEnd(canary.id, true, 9, 0);
    await missionsEnd(canary.id, false, 12, 12);
    expect(await app.promptWork.canaries.check(true)).toEqual([]);
    await missionsEnd(canary.id, true, 1, 0);
    await app.reconciler.pass();
    await app.promptWork.canaries.check(true);
    const report = await app.promptWork.canaries.get(canary.id);
    expect(report.canary).toMatchObject({
      status: 'stopped',
      endedBy: null,
      reason: expect.stringMatching(/^Stopped by itself: QA passed 0 % of 10 missions against 100 % of 12/),
    });
    expect((await submit()).promptVersions['pm']).toBe(report.canary.baselineVersionId);
    const entries: { details: Record<string, unknown> }[] = await app.dataSource.query(
      `SELECT details FROM audit_log WHERE event_type = 'canary_stopped' ORDER BY id DESC LIMIT 1`,
    );
    expect(entries[0]?.details).toMatchObject({ canaryId: canary.id, reason: report.canary.reason });
  });

  it('goes on in spite of its figures when nobody asked for it to be stopped', async () => {
    const { canary } = await start(50, { minMissions: 10, autoStop: false });
    await missionsEnd(canary.id, true, 12, 0);
    await missionsEnd(canary.id, false, 12, 12);
    expect(await app.promptWork.canaries.check(true)).toEqual([]);
    const { canary: after, comparisons } = await app.promptWork.canaries.get(canary.id);
    expect(after.status).toBe('running');
    expect(comparisons[0]).toMatchObject({ metric: 'qa_pass', worse: true });
  });
});
