import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Turns } from './turns.js';

describe('turns', () => {
  it('lets only so many work at once, however they step aside, and gives all room back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        async (room, tasks) => {
          const turns = new Turns(room);
          let working = 0;
          let most = 0;
          const work = async (): Promise<void> => {
            working += 1;
            most = Math.max(most, working);
            await sleep(0);
            working -= 1;
          };
          await Promise.all(
            tasks.map(async (waits) => {
              const turn = await turns.begin();
              for (const parallel of waits) {
                await work();
                await Promise.all(
                  Array.from({ length: parallel }, (_, at) => turn.aside(async () => sleep(at))),
                );
              }
              turn.end();
              turn.end();
            }),
          );
          expect(most).toBeLessThanOrEqual(room);
          // All the room is there again: as many may begin as at first, and not one more.
          await Promise.all(Array.from({ length: room }, () => turns.begin()));
          const oneMore = await Promise.race([turns.begin().then(() => 'in'), sleep(1).then(() => 'waits')]);
          expect(oneMore).toBe('waits');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('serves those who come back in the order in which they came', async () => {
    const turns = new Turns(1);
    const order: number[] = [];
    const first = await turns.begin();
    const others = [1, 2, 3].map(async (number) => {
      const turn = await turns.begin();
      order.push(number);
      turn.end();
    });
    await first.aside(async () => sleep(5));
    order.push(0);
    first.end();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3, 0]);
  });

  it('comes back after work that failed, too', async () => {
    const turns = new Turns(1);
    const turn = await turns.begin();
    await expect(turn.aside(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    turn.end();
    await expect(turns.begin()).resolves.toBeDefined();
  });
});
