import { afterEach, describe, expect, it } from '@jest/globals';
import { draft } from '../../testing/prompt-drafts.js';
import type { SumScript } from '../../testing/studio-script.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';
import { until } from '../../testing/until.js';

describe('a tryout', () => {
  let mission: SumMission;
  afterEach(async () => mission.test.close());

  /** A mission whose PM has been recorded, and a draft for the PM. */
  const begin = async (faults: SumScript = {}) => {
    mission = await sumMission('gate', faults);
    const { app } = mission.test;
    const version = await draft(app, mission.caller, 'pm', 'You are another Product Manager.');
    const start = () =>
      app.promptWork.tryouts.start(mission.caller, 'pm', { draftVersionId: version.id, last: 5 });
    return {
      ...{ app, version, start },
      tryouts: app.promptWork.tryouts,
      worker: app.promptWork.tryoutWorker,
    };
  };

  it('asks both versions what the execution asked, and shows answers, validity, tokens and time', async () => {
    const { app, version, start, tryouts, worker } = await begin({
      write_prd: ({ messages }) =>
        messages[0]?.content.includes('another') ? '{"title": "Sum"}' : undefined,
    });
    const recordedCall = mission.catalog.calls.find(({ task }) => task === 'write_prd');
    const before = mission.catalog.calls.length;
    const { tryout } = await start();
    expect((await tryouts.get(mission.caller, tryout.id)).runs.map(({ status }) => status)).toEqual([
      'pending',
      'pending',
    ]);
    while (await worker.once());
    const asked = mission.catalog.calls.slice(before).map(({ messages }) => messages);
    expect(new Set(asked.map((messages) => messages[0]?.content))).toEqual(
      new Set([recordedCall?.messages[0]?.content, 'You are another Product Manager.']),
    );
    expect(asked).toHaveLength(2);
    for (const messages of asked) expect(messages.slice(1)).toEqual(recordedCall?.messages.slice(1));
    const { tryout: after, runs } = await tryouts.get(mission.caller, tryout.id);
    expect(after.status).toBe('completed');
    const [drafted, active] = [
      runs.find(({ side }) => side === 'draft'),
      runs.find(({ side }) => side === 'active'),
    ];
    expect(drafted).toMatchObject({
      versionId: version.id,
      status: 'completed',
      output: '{"title": "Sum"}',
      isValid: false,
      problem: expect.stringContaining('prd'),
      provider: 'anthropic',
    });
    expect(active).toMatchObject({ status: 'completed', isValid: true, problem: null });
    expect(drafted?.inputTokens).toBeGreaterThan(0);
    expect(drafted?.durationMs).toBeGreaterThanOrEqual(0);
    const calls: unknown[] = await app.dataSource.query(
      `SELECT 1 FROM model_calls WHERE session_id IS NULL AND profile_name = 'pm' AND status = 'settled'`,
    );
    expect(calls).toHaveLength(2);
  });

  it('is carried out by the workers of the system, without being asked', async () => {
    const { app, start, tryouts } = await begin();
    const { tryout } = await start();
    await app.startWorker();
    const ended = await until('it is done', async () => {
      const { tryout: now } = await tryouts.get(mission.caller, tryout.id);
      return now.status === 'running' ? null : now;
    });
    expect(ended.status).toBe('completed');
  });

  it('survives the process that ran it, and gives up on one that no process survives', async () => {
    const { app, start, tryouts, worker } = await begin();
    const { tryout } = await start();
    const die = async (attempts: number) =>
      app.dataSource.query(
        `UPDATE prompt_tryout_runs SET status = 'running', attempts = $2, lease_owner = 'gone',
                lease_until = clock_timestamp() - interval '1 second' WHERE tryout_id = $1 AND side = 'draft'`,
        [tryout.id, attempts],
      );
    await die(1);
    while (await worker.once());
    const { runs } = await tryouts.get(mission.caller, tryout.id);
    expect(runs.map(({ status, side, attempts }) => [side, status, attempts])).toEqual([
      ['draft', 'completed', 2],
      ['active', 'completed', 1],
    ]);
    await die(3);
    expect(await worker.once()).toBe(true);
    expect((await tryouts.get(mission.caller, tryout.id)).runs[0]).toMatchObject({
      status: 'failed',
      problem: expect.stringContaining('lost 3 times'),
    });
  });

  it('does each run once, however many processes take runs', async () => {
    const { app, start, tryouts } = await begin();
    const other = await mission.test.another();
    const { tryout } = await start();
    const before = mission.catalog.calls.length;
    const drain = async (from: typeof app): Promise<void> => {
      while (await from.promptWork.tryoutWorker.once());
    };
    await Promise.all([drain(app), drain(other), drain(app), drain(other)]);
    expect(mission.catalog.calls.length - before).toBe(2);
    expect((await tryouts.get(mission.caller, tryout.id)).tryout.status).toBe('completed');
  });

  it('is cancelled: what has not begun stays undone, and a call under way is broken off', async () => {
    let hanging = false;
    let broken = false;
    const { start, tryouts, worker } = await begin({
      write_prd: ({ n, signal }) =>
        n === 1
          ? undefined
          : new Promise((resolve) => {
              hanging = true;
              signal?.addEventListener('abort', () => {
                broken = true;
                resolve(new Error('aborted'));
              });
            }),
    });
    const { tryout } = await start();
    const working = worker.once();
    await until('the call hangs', () => hanging);
    await tryouts.cancel(mission.caller, tryout.id);
    await working;
    expect(broken).toBe(true);
    expect(await worker.once()).toBe(false);
    const after = await tryouts.get(mission.caller, tryout.id);
    expect(after.tryout.status).toBe('cancelled');
    expect(after.runs.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });

  it('is given back by a worker that stops, and done by the next one', async () => {
    let hang = true;
    let hanging = false;
    const { start, tryouts, worker } = await begin({
      write_prd: ({ n, signal }) =>
        n === 1 || !hang
          ? undefined
          : new Promise((resolve) => {
              hanging = true;
              signal?.addEventListener('abort', () => resolve(new Error('aborted')));
            }),
    });
    const other = await mission.test.another();
    const { tryout } = await start();
    worker.start();
    await until('a call hangs', () => hanging);
    hang = false;
    await worker.stop();
    while (await other.promptWork.tryoutWorker.once());
    expect((await tryouts.get(mission.caller, tryout.id)).runs.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
    ]);
  });

  it('keeps within the profile’s limit, and says so', async () => {
    const { app, start, tryouts, worker } = await begin();
    await app.profiles.update({ ...mission.caller, role: 'admin' }, 'pm', {
      dailyLimit: 2,
      usageUnit: 'runs',
      hardLimit: true,
    });
    const { tryout } = await start();
    while (await worker.once());
    const { tryout: after, runs } = await tryouts.get(mission.caller, tryout.id);
    expect(after.status).toBe('completed');
    expect(runs.map(({ status }) => status).toSorted()).toEqual(['completed', 'failed']);
    expect(runs.find(({ status }) => status === 'failed')?.problem).toContain('daily limit');
  });

  it('is of the caller’s own missions, and seen by nobody else', async () => {
    const { app, version, start, tryouts } = await begin();
    const { tryout } = await start();
    const stranger = await mission.test.person('admin');
    const [input] = await tryouts.inputs(mission.caller, 'pm');
    expect(input).toMatchObject({ sessionId: mission.id, mission: 'Add two numbers', phase: 'pm' });
    expect(await tryouts.inputs(stranger, 'pm')).toEqual([]);
    await expect(tryouts.get(stranger, tryout.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(tryouts.cancel(stranger, tryout.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await tryouts.list(stranger, 'pm')).toEqual([]);
    const asStranger = (more: { last?: number; executionIds?: number[] }) =>
      tryouts.start(stranger, 'pm', { draftVersionId: version.id, ...more });
    await expect(asStranger({ last: 3 })).rejects.toMatchObject({ code: 'no_inputs' });
    await expect(asStranger({ executionIds: [input?.executionId ?? 0] })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(asStranger({})).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(asStranger({ last: 21 })).rejects.toMatchObject({ code: 'validation_failed' });
    await start();
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'too_many_tryouts' });
    expect(await app.promptWork.tryouts.list(mission.caller, 'pm')).toHaveLength(3);
  });
});
