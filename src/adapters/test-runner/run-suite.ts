import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ValidationError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { readRegularFile } from '../sandbox/collect.js';
import type { Sandbox, SandboxLimits, SandboxResult } from '../sandbox/port.js';
import { missingCases } from './inventory.js';
import { reportOf, type Suite, type TestReport, type TestRunner } from './port.js';
import { PLAN_FILE, readSealedReport, type UnitResult, unbelievable } from './sealed-report.js';

/** This folder: the runners' assets are below it. */
const TOOLS = fileURLToPath(new URL('.', import.meta.url));

/**
 * How long one unit may take. A server that a test forgot to close keeps its file from ending; it has to fail well
 * before the sandbox's wall time, which would leave no report at all.
 */
const UNIT_TIMEOUT_MS = 20_000;
const SHARE_OF_WALL_TIME = 0.7;

/** Units at the same time. Fixed, so that a large machine does not meet the sandbox's process limit. */
const CONCURRENCY = 4;

const MAX_TEST_BYTES = 4 * 1024 ** 2;

/** Where a suite is run. */
export interface Place {
  sandbox: Sandbox;
  /** The project, laid out, with QA's tests in it. */
  workDir: string;
  /** An empty folder. */
  resultsDir: string;
  limits: Partial<SandboxLimits> & { wallMs: number };
  signal: AbortSignal;
}

/** What came of running a suite: a report to believe, or the reason why there is none. */
export interface SuiteRun {
  result: SandboxResult;
  report?: TestReport;
  problem?: string;
  /** Whether the runner is missing where the tests run, so that nobody's code is to blame. */
  blocked?: boolean;
}

/**
 * Runs QA's tests, and nothing else, on what is in the work folder, and decides whether the report can be believed.
 * @throws SandboxError when nothing could be run; everything else that goes wrong is a `problem`
 */
export async function runSuite(runner: TestRunner, suite: Suite, place: Place): Promise<SuiteRun> {
  const key = randomBytes(32).toString('hex');
  const timeoutMs = Math.round(Math.min(UNIT_TIMEOUT_MS, place.limits.wallMs * SHARE_OF_WALL_TIME));
  const result = await place.sandbox.run({
    workDir: place.workDir,
    resultsDir: place.resultsDir,
    toolsDir: TOOLS,
    command: (paths) => {
      const units = runner
        .units(suite, paths)
        .map((unit) => ({ input: {}, needs: [], readStdout: false, ...unit, timeoutMs }));
      // The harness takes the plan out of the folder before it starts anything of the project.
      const plan = JSON.stringify({ key, concurrency: CONCURRENCY, units });
      writeFileSync(join(place.resultsDir, PLAN_FILE), plan, { mode: 0o600, flag: 'wx' });
      return ['node', `${paths.tools}/harness/assets/harness.mjs`, paths.results];
    },
    env: { ...runner.env },
    limits: place.limits,
    signal: place.signal,
  });
  if (result.stoppedBy !== null)
    return { result, problem: `The tests were stopped: limit "${result.stoppedBy}" was crossed.` };
  try {
    await checkUntouched(place.workDir, suite);
    if (result.exitCode !== 0)
      throw unbelievable(
        `the harness ended with ${result.signal ?? `exit code ${result.exitCode}`} before its work was done`,
      );
    const units = await readSealedReport(place.resultsDir, key);
    checkUnits(runner, units);
    const cases = runner.read(units, suite);
    return { result, report: reportOf(runner.name, [...cases, ...missingCases(runner, suite, cases)]) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return { result, problem: error.message, blocked: error.code === 'runner_missing' };
  }
}

/** QA's files must be after the run what they were before it. */
async function checkUntouched(workDir: string, { tests }: Suite): Promise<void> {
  for (const { path, content } of tests) {
    const file = await readRegularFile(join(workDir, path), MAX_TEST_BYTES);
    if (typeof file === 'string') throw unbelievable(`"${path}" was removed while the tests ran`);
    if (sha256(file.content) !== sha256(content))
      throw unbelievable(`"${path}" was changed while the tests ran`);
  }
}

/** What holds for units of every runner. */
function checkUnits(runner: TestRunner, units: readonly UnitResult[]): void {
  for (const { id, missing, spawnError, foreign } of units) {
    if (missing !== null || spawnError !== null) {
      const what = missing ?? `its program (${spawnError})`;
      throw new ValidationError(
        `The tests could not be run: ${what} is missing. ${runner.installHint}`,
        [{ field: 'runner', message: `${what} is missing` }],
        { code: 'runner_missing' },
      );
    }
    if (foreign > 0) throw unbelievable(`something other than the test runner wrote to the report of ${id}`);
  }
}
