import type { SandboxPaths } from '../sandbox/port.js';
import type { UnitResult } from './sealed-report.js';

/**
 * How a project's tests are run and read. A runner splits the suite into units; the harness
 * (`harness/assets/harness.mjs`) runs them inside the sandbox and seals what they reported; `runSuite` checks the
 * seal, the files and the inventory. What the port leaves out: installing anything (a runner must be there
 * already), coverage of lines, watching, and choosing single tests.
 *
 * What is believed: only the named test files are run, as they were locked; each test that they declare was
 * reported; the report comes from the harness and nobody else. Tests in JavaScript and Python share a process
 * with the code under test. What that code could replace is locked or compared (see each runner's assets), which
 * stops code written in the language. It does not stop code that rewrites its own process's memory
 * (`/proc/self/mem`): such code is a matter for the person who reviews it.
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

/** A file of QA's, as it was locked. */
export interface TestFile {
  /** Relative to the work folder, with `/`. */
  path: string;
  content: string;
}

/** What is to be run. */
export interface Suite {
  /** QA's files: tests and their helpers. Nothing else is run as a test. */
  tests: readonly TestFile[];
  /** The project's files that say how it is built and tested, by path, such as package.json. */
  project: ReadonlyMap<string, string>;
  /**
   * Whether the suite is to run against nothing: every module of the project that is not QA's is a stub, or, where
   * the runner cannot make stubs, absent.
   */
  empty: boolean;
}

/** A test as the source of a test file declares it. */
export interface DeclaredTest {
  /** Null when it is made at run time, such as in a loop. */
  name: string | null;
  /** Marked in the source to be skipped, or as still to be done. */
  skipped: boolean;
  /** Whether anything in its body looks like an assertion. A guess from the text, generous on purpose. */
  asserts: boolean;
}

/** One command of a suite: as a rule, one test file. */
export interface Unit {
  /** The test file it stands for, or the runner's name when it runs them all. */
  id: string;
  /** Program and arguments. The program `node` is the harness's own Node.js. */
  argv: readonly string[];
  /** Handed to the command as JSON on descriptor 3, together with the token that its records must carry. */
  input?: Readonly<Record<string, unknown>>;
  /** Paths in the work folder without which it cannot run. */
  needs?: readonly string[];
  /** Whether what it prints is its report. Only for commands that run the tests in a process of their own. */
  readStdout?: boolean;
}

export interface TestRunner {
  /** Such as `node-test`. */
  readonly name: string;
  /** Whether a run against nothing has stubs for the project's modules. */
  readonly stubs: boolean;
  /** Added to the sandbox's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a person has to do when one of `needs`, or the program, is missing. */
  readonly installHint: string;
  /** Whether this suite calls for this runner. */
  detect(suite: Suite): boolean;
  /** What the source of a file declares; empty for a helper. */
  declared(file: TestFile): DeclaredTest[];
  /** @param paths of the sandbox; its `tools` is this folder */
  units(suite: Suite, paths: SandboxPaths): Unit[];
  /**
   * Reads what the units reported, in the order of `units`.
   * @throws ValidationError when it is damaged, or shows that something interfered
   */
  read(results: readonly UnitResult[], suite: Suite): TestCase[];
}

/** A report whose counts follow from its cases. */
export function reportOf(runner: string, cases: TestCase[]): TestReport {
  const count = (status: TestCase['status']) => cases.filter((one) => one.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return { runner, cases, passed, failed, skipped, executed: passed + failed };
}
