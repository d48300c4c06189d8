import { describe, expect, it } from '@jest/globals';
import { compareArms, stopReason } from './canary-test.js';

const arm = (passed: number, judged: number, approved = 0, reviewed = 0) => ({
  versionId: 1,
  missions: judged,
  approvals: { successes: approved, n: reviewed },
  qa: { successes: passed, n: judged },
});

describe('the verdict on a canary', () => {
  it('falls when a rate is far below the baseline’s, with reasons in words', () => {
    const [qa] = compareArms({ canary: arm(5, 20), baseline: arm(18, 20) }, 20);
    expect(qa).toMatchObject({ metric: 'qa_pass', enough: true, worse: true });
    expect(qa && stopReason(qa)).toBe(
      'Stopped by itself: QA passed 25 % of 20 missions against 90 % of 20 (z = -4.16, the limit is -3).',
    );
  });

  it('does not fall before both arms have the least number of results', () => {
    const [qa] = compareArms({ canary: arm(0, 19), baseline: arm(500, 500) }, 20);
    expect(qa).toMatchObject({ enough: false, worse: false });
    expect(qa?.z).toBeLessThan(-3);
  });

  it('does not fall for a difference that chance explains, or for one to the better', () => {
    expect(compareArms({ canary: arm(15, 20), baseline: arm(18, 20) }, 20)[0]).toMatchObject({
      worse: false,
    });
    expect(compareArms({ canary: arm(20, 20), baseline: arm(5, 20) }, 20)[0]).toMatchObject({ worse: false });
  });

  it('also reads the first reviews', () => {
    const [, review] = compareArms({ canary: arm(20, 20, 2, 30), baseline: arm(20, 20, 28, 30) }, 20);
    expect(review).toMatchObject({ metric: 'first_review_approval', worse: true });
  });

  it('seldom stops a version that is as good as the baseline, although it is looked at after every mission', () => {
    // A fixed generator: the same runs every time.
    let seed = 12345;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    let stopped = 0;
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      const tallies = [
        { successes: 0, n: 0 },
        { successes: 0, n: 0 },
      ];
      for (let mission = 0; mission < 200; mission += 1) {
        for (const tally of tallies) {
          tally.n += 1;
          if (random() < 0.8) tally.successes += 1;
        }
        const [canary, baseline] = tallies.map((qa) => ({ ...arm(0, 0), qa }));
        if (canary && baseline && compareArms({ canary, baseline }, 20)[0]?.worse) {
          stopped += 1;
          break;
        }
      }
    }
    expect(stopped / runs).toBeLessThan(0.02);
  });
});
