import { describe, expect, it } from '@jest/globals';
import { fingerprintOf, normaliseError, normaliseTestName, repeatsOf } from './fingerprint.js';
import { planFor, repeatsAmong, type AttemptRecord, type Strategy } from './strategy.js';

const work = (content: string) => ({
  files: [{ path: 'src/sum.js', sha256: content.padEnd(64, '0') }],
  deleted: [],
});
const failing = (...names: string[]) => names.map((name) => ({ name, file: 'test/sum.test.js' }));

describe('the fingerprint of an attempt', () => {
  it('is the same for the same failing tests in another order, with other timings and folders', () => {
    const one = fingerprintOf(work('a'), failing('AC1.1 adds (12 ms)', 'reads /tmp/x-1/in.txt'), []);
    const other = fingerprintOf(work('b'), failing('reads /tmp/y-22/in.txt', 'AC1.1 adds (3.4 ms)'), []);
    expect(repeatsOf(one, other)).toEqual(['failing']);
  });

  it('tells criteria apart, and the same name in another file', () => {
    const one = fingerprintOf(work('a'), failing('AC1.1 adds'), []);
    expect(repeatsOf(one, fingerprintOf(work('b'), failing('AC1.2 adds'), []))).toEqual([]);
    const elsewhere = [{ name: 'AC1.1 adds', file: 'test/other.test.js' }];
    expect(repeatsOf(one, fingerprintOf(work('b'), elsewhere, []))).toEqual([]);
  });

  it('knows code that is the same, deletions included', () => {
    const same = fingerprintOf(work('a'), failing('AC1.2'), []);
    expect(repeatsOf(fingerprintOf(work('a'), failing('AC1.1'), []), same)).toEqual(['diff']);
    const without = fingerprintOf({ ...work('a'), deleted: ['src/old.js'] }, failing('AC1.1'), []);
    expect(repeatsOf(without, same)).toEqual([]);
  });

  it('compares errors only where no test failed by name', () => {
    const one = fingerprintOf(work('a'), [], ['SyntaxError in /tmp/trial-1/a.js:12, after 31 ms']);
    const other = fingerprintOf(work('b'), [], ['SyntaxError in /tmp/trial-77/b.js:9, after 2.5 s']);
    expect(repeatsOf(one, other)).toEqual(['error']);
    expect(fingerprintOf(work('a'), failing('AC1.1'), ['1 test was skipped']).error).toBeNull();
  });

  it('tells apart why a file could not be loaded', () => {
    const whole = (message: string) => [{ name: 'test/a.test.js', file: 'test/a.test.js', message }];
    const one = fingerprintOf(work('a'), whole('SyntaxError: Unexpected token at 12:3'), []);
    const same = fingerprintOf(work('b'), whole('SyntaxError: Unexpected token at 40:1'), []);
    expect(repeatsOf(one, same)).toEqual(['error']);
    const other = fingerprintOf(work('c'), whole('Cannot find module ./sum.js'), []);
    expect(repeatsOf(one, other)).toEqual([]);
  });

  it('leaves words alone', () => {
    expect(normaliseError('TypeError: add is not a function at 0x7ffe, 3 times in 1.5s')).toBe(
      'TypeError: add is not a function at <n>, <n> times in <time>',
    );
    expect(normaliseTestName('AC2.1  rolls 3 dice')).toBe('AC2.1 rolls 3 dice');
  });
});

describe('the ladder of strategies', () => {
  const attempt = (iteration: number, strategy: Strategy | null, stuck: boolean): AttemptRecord => ({
    ...{ iteration, strategy, model: 'scripted:test', summary: '', counts: null },
    print: { diff: String(iteration), failing: 'f', error: null },
    repeats: stuck ? [{ what: 'failing', of: [1] }] : [],
  });
  const first = attempt(1, null, false);
  const second = attempt(2, null, true);

  it('names all attempts of which one is a repetition', () => {
    const print = { diff: '9', failing: 'f', error: null };
    expect(repeatsAmong(print, [first, second])).toEqual([{ what: 'failing', of: [1, 2] }]);
  });

  it('is not begun while something moves', () => {
    expect(planFor([first], true)).toBeNull();
    expect(planFor([first, second, attempt(3, 'fresh_context', false)], true)).toBeNull();
  });

  it('is climbed a rung at a time, past an other model that there is not, and ends with a person', () => {
    const fresh = attempt(3, 'fresh_context', true);
    expect(planFor([first, second], true)).toMatchObject({ strategy: 'fresh_context', skipped: [] });
    expect(planFor([first, second, fresh], true)?.strategy).toBe('other_model');
    expect(planFor([first, second, fresh], false)).toMatchObject({
      strategy: 'smaller_step',
      skipped: [{ strategy: 'other_model', reason: expect.stringContaining('no fallback') }],
    });
    // Something moved in between: the next rung comes all the same, not the first again.
    const usual = [attempt(4, null, false), attempt(5, null, true)];
    expect(planFor([first, second, fresh, ...usual], true)?.strategy).toBe('other_model');
    const last = attempt(4, 'smaller_step', true);
    expect(planFor([first, second, fresh, last], true)).toMatchObject({ strategy: null });
  });
});
