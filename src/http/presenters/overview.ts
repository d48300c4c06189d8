import { z } from 'zod';
import type { NotedSession } from '../../db/repositories/overview-repository.js';
import { SCOPES, type Overview } from '../../services/overview.js';
import { iso, time } from './time.js';

const counted = z.number().int().describe('1000 stands for more, too.');
const noted = z.strictObject({
  sessionId: z.string(),
  kind: z.string(),
  title: z.string(),
  status: z.string(),
  phase: z.string(),
  ownerName: z.string(),
  updatedAt: time,
  problem: z.string().nullable(),
});

/** The state of things at a glance. */
export const overviewView = z
  .strictObject({
    scope: z.enum(SCOPES),
    gates: z.strictObject({
      count: counted,
      oldest: z.array(
        z.strictObject({
          approvalId: z.string(),
          sessionId: z.string(),
          gate: z.string(),
          title: z.string(),
          ownerName: z.string(),
          since: time,
          expiresAt: time.nullable(),
        }),
      ),
    }),
    active: z.strictObject({ count: counted, newest: z.array(noted) }),
    attention: z
      .strictObject({ count: counted, newest: z.array(noted) })
      .describe('Sessions that need somebody or failed, in the last two weeks.'),
    days: z
      .array(
        z.strictObject({
          day: z.iso.date(),
          submitted: z.number().int(),
          completed: z.number().int(),
          failed: z.number().int(),
          judged: z.number().int(),
          passed: z.number().int(),
          usd: z.number(),
        }),
      )
      .describe('The last fourteen days of UTC, today last. `usd` is what model calls cost on that day.'),
    agents: z
      .array(
        z.strictObject({
          agent: z.string(),
          runs: z.number().int(),
          successful: z.number().int(),
          averageSeconds: z.number().nullable(),
          tokens: z.number(),
        }),
      )
      .describe('Of the last seven days.'),
    isEmpty: z.boolean().describe('Nothing was ever begun.'),
  })
  .meta({ id: 'OverviewView' });
export type OverviewView = z.infer<typeof overviewView>;

/** The overview as the API shows it. */
export function presentOverview(overview: Overview): OverviewView {
  const { gates, active, attention } = overview;
  const session = (one: NotedSession) => ({ ...one, updatedAt: iso(one.updatedAt) });
  return {
    ...overview,
    gates: {
      count: gates.count,
      oldest: gates.oldest.map((gate) => ({
        ...gate,
        since: iso(gate.since),
        expiresAt: iso(gate.expiresAt),
      })),
    },
    active: { count: active.count, newest: active.newest.map(session) },
    attention: { count: attention.count, newest: attention.newest.map(session) },
  };
}
