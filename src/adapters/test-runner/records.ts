import { z } from 'zod';
import type { TestCase } from './port.js';
import { recordsOf, type UnitResult, unbelievable } from './sealed-report.js';

const record = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('case'),
    file: z.string().optional(),
    name: z.string(),
    status: z.string(),
    message: z.string(),
    durationMs: z.number().min(0),
  }),
  z.strictObject({ kind: z.literal('loaded'), count: z.number().int().min(0) }),
  z.strictObject({ kind: z.literal('file'), file: z.string() }),
  z.strictObject({ kind: z.literal('tampered'), what: z.string() }),
  z.strictObject({ kind: z.literal('missing'), what: z.string() }),
  z.strictObject({ kind: z.literal('end'), count: z.number().int().min(0) }),
]);
type CaseRecord = z.infer<typeof record>;

/** A unit that reports plain cases, as jest, vitest and Python do. */
export interface CaseReport {
  cases: TestCase[];
  /** Files that were run to their end. */
  files: string[];
  /** How many tests it said there were at its end; undefined when it did not come to it. */
  ended: number | undefined;
  /** A module that its runner needs and did not find. */
  missing: string | undefined;
}

/**
 * Reads the cases of a unit.
 * @param file the test file of cases that name none
 * @throws ValidationError when a record is malformed, or says that something was replaced
 */
export function caseReport(result: UnitResult, file: string | null): CaseReport {
  const records = recordsOf<CaseRecord>(result, record);
  const report: CaseReport = { cases: [], files: [], ended: undefined, missing: undefined };
  for (const one of records) {
    if (one.kind === 'tampered') throw unbelievable(`in ${result.id}, ${one.what}`);
    if (one.kind === 'missing') report.missing = one.what;
    if (one.kind === 'file') report.files.push(one.file);
    if (one.kind === 'end') report.ended = one.count;
    if (one.kind === 'case')
      report.cases.push({
        name: one.name,
        file: one.file ?? file,
        status: statusOf(one.status),
        ...(statusOf(one.status) === 'failed' ? { message: one.message || 'failed without a message' } : {}),
        durationMs: one.durationMs,
      });
  }
  return report;
}

/** Whatever a runner calls it: what did not pass and was not left out has failed. */
function statusOf(status: string): TestCase['status'] {
  if (status === 'passed') return 'passed';
  return ['skipped', 'pending', 'todo', 'disabled'].includes(status) ? 'skipped' : 'failed';
}

/** Why a unit did not come to a proper end, for a failed case in its name; undefined when it did. */
export function brokenEnd(result: UnitResult, ended: boolean, hasFailure: boolean): string | undefined {
  const how = result.signal ?? `exit code ${result.exitCode}`;
  if (result.timedOut)
    return 'did not end in time: a loop without end, or something that a test opened and did not close';
  if (!ended) return `ended (${how}) before its tests did`;
  if ((result.exitCode !== 0 || result.signal !== null) && !hasFailure)
    return `ended badly (${how}), although no test failed`;
  if (result.exitCode === 0 && hasFailure) return 'reports failures, and yet ended with exit code 0';
  return undefined;
}

/** The failed case of a file as a whole. */
export function fileFailure(file: string, reason: string, stderr: string): TestCase {
  return {
    name: file,
    file,
    status: 'failed',
    message: [reason, stderr]
      .filter((part) => part.trim() !== '')
      .join('\n')
      .trim(),
    durationMs: 0,
  };
}
