import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../core/ids.js';
import type { UsageUnit } from '../core/vocabulary.js';
import { repositories } from '../db/repositories/index.js';
import type { Reservation, UsageRepository } from '../db/repositories/usage-repository.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import { spawnTypescript } from '../testing/child.js';

let test: TestApp;
let usage: UsageRepository;
beforeEach(async () => {
  test = await startTestApp();
  usage = repositories(test.app.dataSource.manager).usage;
});
afterEach(async () => test.close());

const limit = (dailyLimit: number, usageUnit: UsageUnit, hardLimit = true) =>
  repositories(test.app.dataSource.manager).settings.updateAgent('eng', { dailyLimit, usageUnit, hardLimit });
const ask = (over: Partial<Reservation> = {}): Reservation => ({
  id: newId(),
  profile: 'eng',
  provider: 'anthropic',
  model: 'm',
  maxTokens: 100,
  maxUsd: 0.5,
  ttlSeconds: 600,
  ...over,
});
const today = async () => (await usage.today()).find(({ profileName }) => profileName === 'eng');
const sql = (text: string, values: unknown[] = []) => test.app.dataSource.query(text, values);

describe('a hard limit', () => {
  it.each([
    ['runs', 3, 3],
    ['tokens', 250, 2],
    ['usd', 2, 4],
  ] as const)('in %s stops before the call that could pass it', async (unit, amount, fitting) => {
    await limit(amount, unit);
    for (let i = 0; i < fitting; i += 1) expect(await usage.reserve(ask())).toMatchObject({ granted: true });
    expect(await usage.reserve(ask())).toMatchObject({ granted: false, scope: 'daily', unit, passing: true });
    expect(await today()).toMatchObject({ reservedRuns: fitting, usedRuns: 0 });
  });

  it('gives back what a call did not use', async () => {
    await limit(150, 'tokens');
    const one = ask();
    await usage.reserve(one);
    expect(await usage.reserve(ask())).toMatchObject({ granted: false, passing: true });
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 30, outputTokens: 10, costUsd: 0.01 });
    expect(await usage.reserve(ask())).toMatchObject({ granted: true, bounded: true });
    expect(await today()).toMatchObject({ usedTokens: 40, usedUsd: 0.01, reservedTokens: 100 });
  });

  it('in dollars refuses a model whose price nobody knows, and says so', async () => {
    await limit(5, 'usd');
    await expect(
      test.app.usage.reserve(ask({ maxUsd: null }), { until: performance.now() }),
    ).rejects.toMatchObject({ code: 'price_unknown', message: expect.stringContaining('modelPrices') });
  });

  it('says what it is, what is used and what to do', async () => {
    await limit(1, 'runs');
    const one = ask();
    await usage.reserve(one);
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 1, outputTokens: 1, costUsd: 0 });
    await expect(test.app.usage.reserve(ask(), { until: performance.now() + 60_000 })).rejects.toMatchObject({
      code: 'limit_reached',
      httpStatus: 429,
      message: expect.stringMatching(
        /"eng" has reached its daily limit: 1 runs of 1 runs used today.*next day \(UTC\)/,
      ),
      details: { unit: 'runs', limit: 1, used: 1, reserved: 0, asked: 1 },
    });
  });

  it('makes a call wait that only calls under way stand against', async () => {
    await limit(100, 'tokens');
    const one = ask();
    await usage.reserve(one);
    const second = test.app.usage.reserve(ask({ maxTokens: 90 }), { until: performance.now() + 30_000 });
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 5, outputTokens: 5, costUsd: 0 });
    expect(await second).toMatchObject({ granted: true });
  });

  it('holds for one profile and not for the others', async () => {
    await limit(1, 'runs');
    await usage.reserve(ask());
    expect(await usage.reserve(ask({ profile: 'qa' }))).toMatchObject({ granted: true, bounded: false });
    expect(await usage.reserve(ask({ profile: 'a-profile-without-settings' }))).toMatchObject({
      granted: true,
    });
  });
});

describe('a reservation', () => {
  it('that is settled twice is billed once', async () => {
    const one = ask();
    await usage.reserve(one);
    const done = { outcome: 'settled', inputTokens: 7, outputTokens: 3, costUsd: 0.2 } as const;
    const settled = await Promise.all([usage.settle(one.id, done), usage.settle(one.id, done)]);
    expect(settled.filter(({ changed }) => changed)).toHaveLength(1);
    await usage.settle(one.id, { outcome: 'presumed' });
    await usage.settle(one.id, { outcome: 'released' });
    expect(await today()).toMatchObject({ usedRuns: 1, usedTokens: 10, usedUsd: 0.2, reservedTokens: 0 });
  });

  it('of a call that never happened costs nothing, not even a run', async () => {
    const one = ask();
    await usage.reserve(one);
    await usage.settle(one.id, { outcome: 'released' });
    expect(await today()).toMatchObject({
      usedRuns: 0,
      usedTokens: 0,
      usedUsd: 0,
      reservedRuns: 0,
      reservedUsd: 0,
    });
  });

  it('of a process that died is billed at its ceiling once its time is over, and corrected if it speaks up', async () => {
    await limit(250, 'tokens');
    const lost = ask({ ttlSeconds: 0 });
    await usage.reserve(lost);
    await usage.reserve(ask());
    expect(await test.app.usage.sweep()).toBe(1);
    expect(await test.app.usage.sweep()).toBe(0);
    expect(await today()).toMatchObject({ usedTokens: 100, reservedTokens: 100, usedUsd: 0.5 });
    expect(await usage.reserve(ask())).toMatchObject({ granted: false });
    await usage.settle(lost.id, { outcome: 'settled', inputTokens: 20, outputTokens: 20, costUsd: 0.1 });
    expect(await today()).toMatchObject({ usedRuns: 1, usedTokens: 40, usedUsd: 0.1 });
    expect(await usage.reserve(ask())).toMatchObject({ granted: true });
  });

  it('is billed to the day it was made on, whenever it is settled', async () => {
    const one = ask();
    await usage.reserve(one);
    await sql(`UPDATE model_calls SET usage_day = usage_day - 1 WHERE id = $1`, [one.id]);
    await sql(`UPDATE usage_days SET day = day - 1`);
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 5, outputTokens: 5, costUsd: 1 });
    expect(await today()).toBeUndefined();
    const [yesterday] = await sql(`SELECT used_tokens, reserved_tokens FROM usage_days`);
    expect(yesterday).toEqual({ used_tokens: 10, reserved_tokens: 0 });
    const [shown] = await sql(`SELECT usage_today FROM agent_settings WHERE profile_name = 'eng'`);
    expect(shown).toEqual({ usage_today: 0 });
  });
});

describe('a day', () => {
  it('begins with its first use: the display counter goes back to zero, and the limit is whole again', async () => {
    await limit(100, 'tokens');
    const one = ask();
    await usage.reserve(one);
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 90, outputTokens: 10, costUsd: 0 });
    expect(await usage.reserve(ask())).toMatchObject({ granted: false, passing: false });
    await sql(`UPDATE usage_days SET day = day - 1`);
    await sql(`UPDATE agent_settings SET last_reset_date = last_reset_date - 1`);
    expect(await usage.reserve(ask())).toMatchObject({ granted: true });
    const shown = await sql(
      `SELECT DISTINCT usage_today, last_reset_date = (now() AT TIME ZONE 'UTC')::date AS fresh FROM agent_settings`,
    );
    expect(shown).toEqual([{ usage_today: 0, fresh: true }]);
  });

  it('begins by schedule too, when nobody calls', async () => {
    await sql(`UPDATE agent_settings SET usage_today = 9, last_reset_date = last_reset_date - 1`);
    await test.app.reconciler.pass();
    expect(await sql(`SELECT DISTINCT usage_today FROM agent_settings`)).toEqual([{ usage_today: 0 }]);
  });

  it('shows dollars used in whole ones, rounded up, and keeps the exact figure beside', async () => {
    await limit(10, 'usd', false);
    const one = ask();
    await usage.reserve(one);
    await usage.settle(one.id, { outcome: 'settled', inputTokens: 1, outputTokens: 1, costUsd: 1.2345678 });
    expect(await sql(`SELECT usage_today FROM agent_settings WHERE profile_name = 'eng'`)).toEqual([
      { usage_today: 2 },
    ]);
    expect(await today()).toMatchObject({ usedUsd: 1.2345678 });
  });
});

describe('a soft limit', () => {
  it('stops nothing, and warns once a day', async () => {
    await limit(2, 'runs', false);
    const warnings: boolean[] = [];
    for (let i = 0; i < 4; i += 1) {
      const one = ask();
      expect(await usage.reserve(one)).toMatchObject({ granted: true });
      warnings.push(
        (await usage.settle(one.id, { outcome: 'settled', inputTokens: 1, outputTokens: 1, costUsd: 0 }))
          .warn,
      );
    }
    expect(warnings).toEqual([false, true, false, false]);
  });
});

describe('limits under concurrency', () => {
  it.each([
    ['runs', 40],
    ['tokens', 4000],
    ['usd', 20],
  ] as const)('in %s are never passed by 32 calls at once from 2 processes', async (unit, amount) => {
    await limit(amount, unit);
    const children = [1, 2].map(() =>
      spawnTypescript(new URL('../testing/fixtures/spender.ts', import.meta.url), [
        test.databaseUrl,
        '16',
        '8',
      ]),
    );
    const codes = await Promise.all(
      children.map((child) => new Promise((resolve) => child.on('exit', resolve))),
    );
    expect(codes).toEqual([0, 0]);
    const day = await today();
    const used = { runs: day?.usedRuns, tokens: day?.usedTokens, usd: day?.usedUsd }[unit] ?? 0;
    expect(used).toBeLessThanOrEqual(amount);
    // 256 calls ask for several times the limit: it must have been nearly used up, or the test shows nothing.
    expect(used).toBeGreaterThan(amount * 0.5);
    expect(day).toMatchObject({ reservedRuns: 0, reservedTokens: 0, reservedUsd: 0 });
    const [ledger]: { tokens: number; usd: string; runs: number }[] = await sql(
      `SELECT count(*)::integer AS runs, sum(CASE status WHEN 'presumed' THEN max_tokens ELSE input_tokens + output_tokens END)::integer AS tokens,
              sum(CASE status WHEN 'presumed' THEN max_usd ELSE cost_usd END) AS usd
         FROM model_calls WHERE status IN ('settled', 'presumed')`,
    );
    expect(ledger).toMatchObject({ runs: day?.usedRuns, tokens: day?.usedTokens });
    expect(Number(ledger?.usd)).toBeCloseTo(day?.usedUsd ?? 0, 6);
  });

  it('hold for every order of calls, crashes and settlements, and the sums always match the ledger', async () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('reserve' as const), tokens: fc.integer({ min: 1, max: 120 }) }),
        fc.record({
          do: fc.constantFrom('settle' as const, 'release' as const, 'crash' as const, 'late' as const),
          which: fc.nat(20),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(moves, fc.integer({ min: 50, max: 400 }), async (steps, amount) => {
        await sql(`DELETE FROM model_calls`);
        await sql(`DELETE FROM usage_days`);
        await limit(amount, 'tokens');
        const calls: { id: string; tokens: number }[] = [];
        for (const step of steps) {
          if (step.do === 'reserve') {
            const call = ask({ maxTokens: step.tokens, maxUsd: step.tokens / 100 });
            if ((await usage.reserve(call)).granted) calls.push({ id: call.id, tokens: step.tokens });
          } else {
            const call = calls[step.which % Math.max(1, calls.length)];
            if (!call) continue;
            const spent = Math.floor(call.tokens * step.share);
            if (step.do === 'crash') await usage.settle(call.id, { outcome: 'presumed' });
            else if (step.do === 'release') await usage.settle(call.id, { outcome: 'released' });
            else
              await usage.settle(call.id, {
                outcome: 'settled',
                inputTokens: spent,
                outputTokens: 0,
                costUsd: spent / 100,
              });
          }
          const day = await today();
          expect((day?.usedTokens ?? 0) + (day?.reservedTokens ?? 0)).toBeLessThanOrEqual(amount);
        }
        const day = await today();
        const [ledger]: { used: number; held: number }[] = await sql(
          `SELECT coalesce(sum(CASE status WHEN 'settled' THEN input_tokens + output_tokens WHEN 'presumed' THEN max_tokens ELSE 0 END), 0)::integer AS used,
                  coalesce(sum(max_tokens) FILTER (WHERE status = 'reserved'), 0)::integer AS held FROM model_calls`,
        );
        expect(ledger).toEqual({ used: day?.usedTokens ?? 0, held: day?.reservedTokens ?? 0 });
      }),
      { numRuns: 40 },
    );
  });
});
