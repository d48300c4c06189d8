import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readTree } from '../../adapters/sandbox/collect.js';
import type { Installer, Sandbox } from '../../adapters/sandbox/port.js';
import { type FileToWrite, writeFilesAtomically } from '../../adapters/sandbox/write-tree.js';
import type { DeclaredTest, Suite, TestReport, TestRunner } from '../../adapters/test-runner/port.js';
import { runSuite } from '../../adapters/test-runner/run-suite.js';
import { pickRunner } from '../../adapters/test-runner/runners.js';
import type { Semaphore } from '../../core/semaphore.js';
import { messageOf, ValidationError } from '../../core/errors.js';
import { isTestSetting, type ProjectFile } from './files.js';

/** What a project may hold after its scaffold and tests ran. */
const TREE = { maxFiles: 5000, maxBytes: 64 * 1024 ** 2 };
/** How much of a run's output is worth showing to people and models. */
const OUTPUT_TAIL = 6000;

/** What came of running a project's scaffold and tests. */
export interface Trial {
  /** The parsed report; undefined when there is none to believe. */
  report: TestReport | undefined;
  /** Why there is no report, in words for the bug report. */
  problem: string | undefined;
  /** Whether the tests could not be run for want of a runner: nobody's code is to blame. */
  blocked: boolean;
  /** What QA's files declare, by file. */
  declared: (DeclaredTest & { file: string })[];
  /** Whether a run against nothing had stubs in place of the project's modules, and not only their absence. */
  stubs: boolean;
  /** The end of what the run printed. */
  output: string;
  /** Text files that the scaffold made and nobody overwrote. */
  scaffolded: ProjectFile[];
  durationMs: number;
}

/** What a trial is made of. Paths are checked; QA's files win over all others, and files over the scaffold's. */
export interface TrialInput {
  scaffold: string;
  /** What a mission on existing code started from: it stands like the scaffold's files, and wins over them. */
  base?: readonly FileToWrite[];
  /** The Engineer's. None in a run against nothing. */
  files: readonly ProjectFile[];
  /** QA's, the only ones that are run as tests. */
  tests: readonly ProjectFile[];
  /** Runs the tests against nothing, to see what they are worth. */
  empty?: boolean;
  /**
   * Whether the project's dependencies are installed before its tests: what the mission asked for and an administrator
   * allowed, and nothing that an agent can choose. Absent: no.
   */
  install?: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Where projects are tried: a fresh folder each time, laid out from what the database knows, so that nothing a
 * former run left behind can change the verdict.
 */
export class Workshop {
  /**
   * @param sandbox what runs the code
   * @param scratchRoot folder for the throw-away project folders
   * @param slots how many projects are tried at once: tests use whole cores
   * @param installer installs dependencies; none are without it
   */
  constructor(
    private readonly sandbox: Sandbox,
    private readonly scratchRoot: string,
    private readonly slots: Semaphore,
    private readonly installer?: Installer,
  ) {}

  /** The sandbox's name, for the record. */
  get sandboxName(): string {
    return this.sandbox.name;
  }

  /**
   * Runs the scaffold, lays the files and tests over it, and runs the tests.
   * @throws SandboxError when nothing could be run
   */
  async try(input: TrialInput): Promise<Trial> {
    return this.slots.use(() => this.tryNow(input), input.signal);
  }

  private async tryNow(input: TrialInput): Promise<Trial> {
    await mkdir(this.scratchRoot, { recursive: true });
    const room = await mkdtemp(join(this.scratchRoot, 'trial-'));
    const workDir = join(room, 'project');
    const started = performance.now();
    const trial: Trial = {
      report: undefined,
      problem: undefined,
      blocked: false,
      declared: [],
      stubs: false,
      output: '',
      scaffolded: [],
      durationMs: 0,
    };
    try {
      await mkdir(workDir);
      const scaffolding = await this.scaffold(workDir, input);
      trial.output = tail(scaffolding.output);
      await writeFilesAtomically(workDir, input.base ?? []);
      const base = await textTree(workDir);
      const problem = scaffolding.problem ?? (await this.layOut(workDir, input, base, trial));
      if (problem !== undefined) return { ...trial, problem };
      const uninstalled = await this.install(workDir, input, trial);
      if (uninstalled !== undefined) return { ...trial, problem: uninstalled };
      const { suite, runner } = this.suiteOf(input, base, trial);
      if (!runner) return trial;
      const resultsDir = join(room, 'results');
      await mkdir(resultsDir);
      const { sandbox } = this;
      const limits = { wallMs: input.timeoutMs };
      const run = await runSuite(runner, suite, {
        sandbox,
        workDir,
        resultsDir,
        limits,
        signal: input.signal,
      });
      input.signal.throwIfAborted();
      const { report, problem: found, blocked = false } = run;
      return { ...trial, report, problem: found, blocked, output: tail(run.result.output) };
    } finally {
      trial.durationMs = performance.now() - started;
      await rm(room, { recursive: true, force: true });
    }
  }

  /** Installs the dependencies, where that was asked for. Gives a problem when it cannot be done. */
  private async install(workDir: string, input: TrialInput, trial: Trial): Promise<string | undefined> {
    if (input.install !== true || !this.installer) return undefined;
    const { problem, output } = await this.installer.install(workDir, input.signal);
    input.signal.throwIfAborted();
    if (problem !== undefined) trial.output = tail(output);
    return problem;
  }

  /** Lays the files and tests over the scaffold's. Gives a problem when their paths do not go together. */
  private async layOut(
    workDir: string,
    { files, tests, base: started = [] }: TrialInput,
    base: ReadonlyMap<string, string>,
    trial: Trial,
  ): Promise<string | undefined> {
    const locked = new Set(tests.map(({ path }) => path.toLowerCase()));
    const own = files.filter(({ path }) => !locked.has(path.toLowerCase()) && !isTestSetting(path));
    try {
      await writeFilesAtomically(workDir, [...own, ...tests]);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      return messageOf(error);
    }
    const given = new Set([...started, ...files, ...tests].map(({ path }) => path));
    trial.scaffolded = [...base]
      .filter(([path]) => !given.has(path))
      .map(([path, content]) => ({ path, content }));
    return undefined;
  }

  /** The suite and its runner, chosen by QA's files and the scaffold's settings; the Engineer has no say in it. */
  private suiteOf(
    { files, tests, empty = false }: TrialInput,
    base: ReadonlyMap<string, string>,
    trial: Trial,
  ): { suite: Suite; runner: TestRunner | undefined } {
    const own = files
      .filter(({ path }) => path === 'package.json')
      .map(({ path, content }) => [path, content] as const);
    const suite: Suite = { tests, project: new Map([...own, ...base]), empty };
    let runner: TestRunner | undefined;
    try {
      runner = pickRunner(suite);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      trial.problem = error.message;
      trial.blocked = true;
      return { suite, runner };
    }
    const chosen = runner;
    trial.declared = tests.flatMap((file) =>
      chosen.declared(file).map((one) => ({ ...one, file: file.path })),
    );
    trial.stubs = chosen.stubs;
    return { suite, runner };
  }

  private async scaffold(workDir: string, input: TrialInput): Promise<{ problem?: string; output: string }> {
    if (input.scaffold.trim() === '') return { output: '' };
    const script = '.atelier-scaffold.sh';
    await writeFilesAtomically(workDir, [{ path: script, content: input.scaffold }]);
    const result = await this.sandbox.run({
      workDir,
      command: ({ work }) => ['sh', `${work}/${script}`],
      limits: { wallMs: Math.min(input.timeoutMs, 30_000) },
      signal: input.signal,
    });
    await rm(join(workDir, script), { force: true });
    input.signal.throwIfAborted();
    if (result.stoppedBy === null && result.exitCode === 0) return { output: result.output };
    return {
      problem: `The scaffold script failed: ${result.stoppedBy ?? `exit code ${result.exitCode ?? result.signal}`}.`,
      output: result.output,
    };
  }
}

/** The text files of a folder by path; what is not UTF-8 text is left out. */
async function textTree(dir: string): Promise<Map<string, string>> {
  const files = await readTree(dir, TREE);
  const tree = new Map<string, string>();
  for (const { path, content } of files) {
    const text = content.toString('utf8');
    if (!text.includes('\u0000') && !text.includes('\uFFFD')) tree.set(path, text);
  }
  return tree;
}

function tail(output: string): string {
  return output.length <= OUTPUT_TAIL ? output : `…${output.slice(-OUTPUT_TAIL)}`;
}
