import type { SandboxPaths } from '../sandbox/port.js';

/**
 * How a project's own tests are run and read. A runner chooses the command; the sandbox runs it. What the port
 * leaves out: installing the runner (it must be there already), coverage, watching, and choosing single tests.
 *
 * The report is written by a process that hostile code shares its user with. A report that is damaged is
 * refused, but one that is forged with care is not noticed: it says what the project claims, which a human
 * still reviews.
 */

/** One test: a leaf, not the suite or the file around it. */
export interface TestCase {
  /** With the names of the suites around it, outermost first, joined by ` > `. */
  name: string;
  /** Relative to the work folder, with `/`. Null when the runner did not say. */
  file: string | null;
  status: 'passed' | 'failed' | 'skipped';
  /** Why it failed: trimmed text with the folders of the sandbox taken out. */
  message?: string;
  durationMs: number;
}

/** The counts are those of `cases`. */
export interface TestReport {
  runner: string;
  cases: TestCase[];
  passed: number;
  failed: number;
  skipped: number;
  /** `passed + failed`. A run that executed nothing has shown nothing. */
  executed: number;
}

export interface TestRunner {
  /** Such as `node-test`. */
  readonly name: string;
  /** Absolute folder of the host that is bound into the sandbox as `tools`. */
  readonly toolsDir: string;
  /** Whether these project files (path to content) call for this runner. */
  detect(files: ReadonlyMap<string, string>): boolean;
  /** Program and arguments for the sandbox. The program `node` is the sandbox's own Node.js. */
  command(paths: SandboxPaths, files: ReadonlyMap<string, string>): readonly string[];
  /**
   * Reads the report of a run that is over.
   * @param resultsDir the folder of the host that the sandbox bound as `results`
   * @throws ValidationError when there is no report, or it is damaged or cut short
   */
  parse(resultsDir: string): Promise<TestReport>;
}

/** A report whose counts follow from its cases. */
export function reportOf(runner: string, cases: TestCase[]): TestReport {
  const count = (status: TestCase['status']) => cases.filter((one) => one.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return { runner, cases, passed, failed, skipped, executed: passed + failed };
}
