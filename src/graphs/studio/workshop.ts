import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readTree } from '../../adapters/sandbox/collect.js';
import type { Sandbox } from '../../adapters/sandbox/port.js';
import { writeFilesAtomically, type FileToWrite } from '../../adapters/sandbox/write-tree.js';
import type { TestReport } from '../../adapters/test-runner/port.js';
import { pickRunner } from '../../adapters/test-runner/runners.js';
import type { Semaphore } from '../../core/semaphore.js';
import { messageOf, ValidationError } from '../../core/errors.js';
import type { ProjectFile } from './files.js';

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
  /** The end of what the run printed. */
  output: string;
  /** Text files that the scaffold made and nobody overwrote. */
  scaffolded: ProjectFile[];
  durationMs: number;
}

/** What a trial is made of. Paths are checked; later files win over what the scaffold makes. */
export interface TrialInput {
  scaffold: string;
  files: readonly FileToWrite[];
  tests: readonly ProjectFile[];
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
   */
  constructor(
    private readonly sandbox: Sandbox,
    private readonly scratchRoot: string,
    private readonly slots: Semaphore,
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
    const resultsDir = join(room, 'results');
    const started = performance.now();
    try {
      await mkdir(workDir);
      await mkdir(resultsDir);
      const scaffolding = await this.scaffold(workDir, input);
      await writeFilesAtomically(workDir, [...input.files, ...input.tests]);
      const tree = await textTree(workDir);
      const given = new Set([...input.files, ...input.tests].map(({ path }) => path));
      const scaffolded = [...tree]
        .filter(([path]) => !given.has(path))
        .map(([path, content]) => ({ path, content }));
      const failed = (problem: string, output: string): Trial => ({
        report: undefined,
        problem,
        output: tail(output),
        scaffolded,
        durationMs: performance.now() - started,
      });
      if (scaffolding.problem !== undefined) return failed(scaffolding.problem, scaffolding.output);
      const runner = pickRunner(tree);
      if (!runner)
        return failed(
          'No test runner that Atelier knows fits this project: there are no tests it could run.',
          '',
        );
      const result = await this.sandbox.run({
        workDir,
        resultsDir,
        toolsDir: runner.toolsDir,
        command: (paths) => runner.command(paths, tree),
        limits: { wallMs: input.timeoutMs },
        signal: input.signal,
      });
      input.signal.throwIfAborted();
      if (result.stoppedBy !== null)
        return failed(`The tests were stopped: limit "${result.stoppedBy}" was crossed.`, result.output);
      try {
        return {
          report: await runner.parse(resultsDir),
          problem: undefined,
          output: tail(result.output),
          scaffolded,
          durationMs: performance.now() - started,
        };
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error;
        return failed(`There is no usable test report: ${messageOf(error)}`, result.output);
      }
    } finally {
      await rm(room, { recursive: true, force: true });
    }
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
