import { z } from 'zod';
import { ARTIFACT_TYPES } from '../../core/vocabulary.js';
import type { ComparedSession, Comparison } from '../../services/comparisons.js';
import { ALL_STATUSES } from './session.js';

const count = z.number().int();
const side = z
  .strictObject({
    sessionId: z.string(),
    parentSessionId: z.string().nullable(),
    name: z.string().nullable(),
    status: z.enum(ALL_STATUSES),
    phase: z.string(),
    iterationCount: count,
    qaPassed: z.boolean(),
    tests: z.strictObject({ passed: count, failed: count, skipped: count }).nullable(),
    tokens: count,
    costUsd: z.number(),
    seconds: z.number().describe('Of the agents’ work; waiting is not in it.'),
  })
  .describe('What a fork took over from its parent is not in its tokens, cost and seconds.');
const version = z.strictObject({ id: count, version: count, sha256: z.string() }).nullable();

/** Two sessions side by side. */
export const comparisonView = z
  .strictObject({
    a: side,
    b: side,
    artifacts: z.array(
      z.strictObject({
        path: z.string(),
        type: z.enum(ARTIFACT_TYPES),
        status: z.enum(['same', 'changed', 'only_a', 'only_b']),
        a: version,
        b: version,
        diff: z.string().nullable().describe('From a to b, as a unified diff without a header.'),
        truncated: z.boolean().describe('Whether there is more to the difference than `diff`.'),
      }),
    ),
    promptVersions: z.array(
      z.strictObject({ profile: z.string(), a: count.nullable(), b: count.nullable() }),
    ),
  })
  .meta({ id: 'ComparisonView' });
export type ComparisonView = z.infer<typeof comparisonView>;

/** A comparison as the API shows it. */
export function presentComparison({ a, b, artifacts, promptVersions }: Comparison): ComparisonView {
  return { a: presentSide(a), b: presentSide(b), artifacts, promptVersions };
}

function presentSide({ session, tests, tokens, costUsd, seconds }: ComparedSession): ComparisonView['a'] {
  return {
    sessionId: session.sessionId,
    parentSessionId: session.parentSessionId,
    name: session.name,
    status: session.status,
    phase: session.currentPhase,
    iterationCount: session.iterationCount,
    qaPassed: session.qaPassed,
    tests,
    tokens,
    costUsd,
    seconds,
  };
}
