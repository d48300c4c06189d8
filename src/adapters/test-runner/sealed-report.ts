import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ValidationError } from '../../core/errors.js';
import { readRegularFile } from '../sandbox/collect.js';

/** Names that `harness/assets/harness.mjs` knows too. */
export const PLAN_FILE = 'plan.json';
const REPORT_FILE = 'report.sealed';
const MAX_REPORT_BYTES = 64 * 1024 ** 2;

const unitResult = z.strictObject({
  id: z.string(),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  timedOut: z.boolean(),
  /** The first of its needs that was not there; nothing was run then. */
  missing: z.string().nullable(),
  /** Why its program could not be started, such as ENOENT. */
  spawnError: z.string().nullable(),
  /** Lines on the report's channel that did not carry the token: somebody else wrote there. */
  foreign: z.number().int().min(0),
  /** What it reported, one JSON text each. */
  records: z.array(z.string()),
  /** What it printed, where that is the report. */
  stdout: z.string(),
  /** The end of what it printed to stderr. */
  stderr: z.string(),
});

/** What came of one unit, as the harness saw it from outside. */
export type UnitResult = z.infer<typeof unitResult>;

/** An error that says why a report is not believed. */
export function unbelievable(reason: string): ValidationError {
  return new ValidationError(`The test report is not believed: ${reason}.`, [
    { field: 'report', message: reason },
  ]);
}

/**
 * Reads the harness's report of a run that is over.
 * @param resultsDir folder of the host that was bound as `results`
 * @param key hex, as it stood in the plan
 * @throws ValidationError when there is none, or its seal is not made with the key
 */
export async function readSealedReport(resultsDir: string, key: string): Promise<UnitResult[]> {
  const file = await readRegularFile(join(resultsDir, REPORT_FILE), MAX_REPORT_BYTES);
  if (typeof file === 'string')
    throw unbelievable(
      file === 'too large' ? `it is larger than ${MAX_REPORT_BYTES} bytes` : 'it was not written',
    );
  const end = file.content.indexOf('\n');
  const body = file.content.subarray(end + 1);
  const expected = createHmac('sha256', Buffer.from(key, 'hex')).update(body).digest();
  const given = Buffer.from(file.content.subarray(0, Math.max(end, 0)).toString('latin1'), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw unbelievable('its seal is broken: the code under test wrote to it');
  return z.array(unitResult).parse(JSON.parse(body.toString('utf8')));
}

/**
 * The records of a unit.
 * @throws ValidationError when one has an unknown form
 */
export function recordsOf<T>(result: UnitResult, schema: z.ZodType<T>): T[] {
  return result.records.map((text, index) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw unbelievable(`record ${index + 1} of ${result.id} is not JSON`);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw unbelievable(`record ${index + 1} of ${result.id} has an unknown form`);
    return parsed.data;
  });
}
