import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SandboxError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import { newId } from '../../../core/ids.js';
import { readRegularFile, walkTree } from '../collect.js';
import { baseEnvironment } from '../environment.js';
import type { Sandbox, SandboxPaths, SandboxResult, SandboxRun } from '../port.js';
import { prepareRun, refuseSocket, programOf, removeForeignGit } from '../prepare-run.js';
import { ProcessTree } from '../process-tree.js';
import { supervise } from '../supervisor.js';

export interface PlainOptions {
  /** SHA-256 (hex) of every file content that may stand in a work folder. */
  allowedHashes: ReadonlySet<string>;
  /** Runs anything, unprotected. For a developer's own machine, by ATELIER_ALLOW_UNSANDBOXED, never in production. */
  allowAnything?: boolean;
}

const WAY_OUT =
  'Install bubblewrap (on Linux: apt install bubblewrap) or Docker, so that generated code can be run safely.';

/** No file of a recording comes near this; a larger one is none of ours. */
const MAX_FILE_BYTES = 16 * 1024 ** 2;

/**
 * No isolation at all. It exists so that the bundled recordings run on a machine with no sandbox: every file in
 * the work folder must be one that we know byte by byte. The limits and the small environment hold as elsewhere;
 * a process that leaves its group, session and parents and wipes its environment could outlive them.
 */
export class PlainSandbox implements Sandbox {
  readonly name = 'plain';

  constructor(private readonly options: PlainOptions) {}

  /** @throws SandboxError on Windows, which has no process groups to end */
  async probe(): Promise<void> {
    await Promise.resolve();
    if (process.platform === 'win32')
      throw new SandboxError('Code cannot be run on Windows itself. Use Docker, or WSL 2 with bubblewrap.');
  }

  /** @throws SandboxError also when a file of the work folder is not on the allowlist; nothing was run then */
  async run(run: SandboxRun): Promise<SandboxResult> {
    await this.probe();
    refuseSocket(run, this.name);
    const prepared = await prepareRun(run);
    if (!this.options.allowAnything) await this.checkFiles(prepared.workDir);
    const scratch = await mkdtemp(join(tmpdir(), 'atelier-run-'));
    try {
      const paths: SandboxPaths = {
        work: prepared.workDir,
        tools: prepared.toolsDir ?? join(scratch, 'tools'),
        results: prepared.resultsDir ?? join(scratch, 'results'),
      };
      const [program, ...args] = programOf(run.command(paths));
      const runId = newId();
      const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
      const result = await supervise({
        program: program === 'node' ? process.execPath : program,
        args,
        env: {
          ...baseEnvironment({ path, home: scratch, tmp: scratch }),
          ...run.env,
          ATELIER_SANDBOX_RUN: runId,
        },
        cwd: prepared.workDir,
        limits: prepared.limits,
        watched: [
          prepared.workDir,
          scratch,
          ...(prepared.resultsDir === undefined ? [] : [prepared.resultsDir]),
        ],
        signal: run.signal,
        contain: (_child, pid) => new ProcessTree(pid, `ATELIER_SANDBOX_RUN=${runId}`),
      });
      await removeForeignGit(prepared);
      return result;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Git's own folder is left out: our code alone writes it, and no command of ours runs from it. */
  private async checkFiles(workDir: string): Promise<void> {
    for await (const { path, kind } of walkTree(workDir, (path) => path === '.git')) {
      if (kind === 'folder') continue;
      const file =
        kind === 'file' ? await readRegularFile(join(workDir, path), MAX_FILE_BYTES) : ('refused' as const);
      if (typeof file === 'string' || !this.options.allowedHashes.has(sha256(file.content)))
        throw new SandboxError(
          `"${path}" is not part of the bundled recordings, and there is no sandbox here to run it in. ${WAY_OUT}`,
          { details: { path } },
        );
    }
  }
}
