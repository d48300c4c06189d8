import { afterEach, describe, expect, it } from '@jest/globals';
import { estimateTokens } from '../../adapters/llm/messages.js';
import { approve } from '../../testing/app.js';
import { BAD_SUM } from '../../testing/studio-script.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';
import { failureList } from './verdict.js';

const COUNT = 60;
const noise = 'x'.repeat(1400);
const tests = Array.from({ length: COUNT }, (_value, at) => at + 1).map(
  (n) => `test('AC1.1 adds ${n}', () => assert.equal(add(2, ${n}), ${n + 2}, '${n} ${noise}'));`,
);
const content = `import test from 'node:test';
import assert from 'node:assert/strict';
import { add } from '../src/sum.js';
${tests.join('\n')}
`;

describe('what a question may hold', () => {
  let mission: SumMission | undefined;
  afterEach(async () => mission?.test.close());

  it('holds for failures and bug reports, and no failing test loses its name', async () => {
    const budget = 4000;
    mission = await sumMission(
      'start',
      {
        write_tests: () => ({ files: [{ path: 'test/sum.test.js', content }] }),
        write_code: ({ attempt }) => ({
          summary: 'Adds.',
          files: [{ path: 'src/sum.js', content: `${BAD_SUM}// ${attempt}\n` }],
        }),
      },
      { options: { maxIterations: 2 } },
    );
    const { test, caller, id, go, catalog } = mission;
    await test.app.settings.set('contextTokens', budget, { userId: caller.userId });
    await go(id);
    await approve(test.app, caller, id);
    await go(id);
    const asked = (task: string) => catalog.calls.filter((call) => call.task === task);
    const questions = [...asked('report_bugs'), ...asked('write_code')].map(
      ({ messages }) => messages.find(({ role }) => role === 'user')?.content ?? '',
    );
    expect(questions.length).toBeGreaterThanOrEqual(4);
    for (const question of questions) expect(estimateTokens(question)).toBeLessThan(budget * 1.05);
    const named = questions[0]?.match(/AC1\.1 adds \d+/g) ?? [];
    expect(new Set(named).size).toBe(COUNT);
    expect(questions[0]).toContain(noise.slice(0, 50));
  });

  it('shortens messages evenly, and leaves them out before names', () => {
    const cases = ['a', 'b'].map((name) => ({
      name,
      status: 'failed' as const,
      file: null,
      message: noise,
      durationMs: 1,
    }));
    const trial = { report: { runner: 'node', cases, passed: 0, failed: 2, skipped: 0, executed: 2 } };
    expect(failureList(trial).length).toBeGreaterThan(2 * noise.length);
    expect(failureList(trial, 100).length).toBeLessThanOrEqual(400);
    expect(failureList(trial, 100)).toMatch(/^a\nx{150,}…\n\nb\nx{150,}…$/);
    expect(failureList(trial, 1)).toBe('a\n\nb');
  });
});
