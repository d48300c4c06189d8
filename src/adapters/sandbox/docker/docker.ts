import { execFile } from 'node:child_process';
import { constants, homedir } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';
import { SandboxError } from '../../../core/errors.js';
import { newId } from '../../../core/ids.js';
import { HOST_PATH, findExecutable } from '../environment.js';
import type { Sandbox, SandboxResult, SandboxRun } from '../port.js';
import { prepareRun, refuseSocket, removeForeignGit } from '../prepare-run.js';
import { ProcessTree } from '../process-tree.js';
import { proveIsolation } from '../prove-isolation.js';
import type { Containment } from '../supervisor.js';
import { supervise, withSignal } from '../supervisor.js';
import { INSIDE, dockerArguments } from './arguments.js';

export interface DockerOptions {
  /** Such as `node:20-bookworm-slim`; it must have been pulled. */
  image: string;
  /** Where to look for `docker`. */
  path?: string;
  /** Added to the environment of the docker client (not of the code), such as DOCKER_HOST. */
  clientEnv?: Record<string, string>;
}

const START = 'Start Docker, or install bubblewrap and set ATELIER_SANDBOX=bubblewrap.';

const containerState = z.object({
  Status: z.string(),
  ExitCode: z.number(),
  OOMKilled: z.boolean(),
  Error: z.string().default(''),
});

const run = promisify(execFile);

/**
 * A container per run through the docker client, so it works with every engine that has one. The kernel's
 * control groups hold memory and processes; a run that meets the process limit sees `fork` fail and is not
 * stopped for it. The supervisor holds time, output and disk, and cannot see the container's memory.
 */
export class DockerSandbox implements Sandbox {
  readonly name = 'docker';
  private readonly path: string;

  constructor(private readonly options: DockerOptions) {
    this.path = options.path ?? HOST_PATH;
  }

  async probe(): Promise<void> {
    await this.client(['version', '--format', '{{.Server.Version}}']).catch((error: unknown) => {
      throw new SandboxError(`The Docker daemon does not answer: ${reasonOf(error)} ${START}`, {
        cause: error,
      });
    });
    const { image } = this.options;
    await this.client(['image', 'inspect', '--format', '{{.Id}}', image]).catch((error: unknown) => {
      throw new SandboxError(
        `The image ${image} is not there: ${reasonOf(error)} Fetch it with "docker pull ${image}".`,
        { cause: error },
      );
    });
    await proveIsolation(this, START);
  }

  async run(given: SandboxRun): Promise<SandboxResult> {
    refuseSocket(given, this.name);
    const prepared = await prepareRun(given);
    const name = `atelier-${newId()}`;
    const uid = process.getuid?.() ?? 1000;
    const gid = process.getgid?.() ?? 1000;
    const result = await supervise({
      program: this.executable(),
      args: dockerArguments(prepared, {
        name,
        uid,
        gid,
        image: this.options.image,
        env: given.env ?? {},
        command: given.command(INSIDE),
      }),
      env: this.clientEnvironment(),
      cwd: prepared.workDir,
      limits: prepared.limits,
      watched: [prepared.workDir, ...(prepared.resultsDir === undefined ? [] : [prepared.resultsDir])],
      signal: given.signal,
      contain: (_child, pid) => this.containment(name, pid),
    });
    try {
      return await this.withState(name, result);
    } finally {
      await this.remove(name);
      await removeForeignGit(prepared);
    }
  }

  /** Ending the client would leave the container running: the container goes first, then the client. */
  private containment(name: string, pid: number): Containment {
    const client = new ProcessTree(pid);
    return {
      measure: () => Promise.resolve(null),
      kill: async () => {
        // Fails when it has ended already, or was never made.
        await this.client(['kill', name]).catch(() => undefined);
        await client.kill();
      },
    };
  }

  /** What only the engine knows: whether the command has run at all, and whether its memory ran out. */
  private async withState(name: string, result: SandboxResult): Promise<SandboxResult> {
    const answer = await this.client(['inspect', '--format', '{{json .State}}', name]).catch(() => undefined);
    const state = answer === undefined ? undefined : containerState.safeParse(parseJson(answer)).data;
    if (state === undefined || state.Status === 'created') {
      if (result.stoppedBy !== null) return { ...result, exitCode: null };
      throw new SandboxError(
        `Docker could not start the container: ${state?.Error ?? ''} ${result.output.trim().slice(0, 500)} ${START}`,
      );
    }
    if (result.stoppedBy === null && state.OOMKilled) result = { ...result, stoppedBy: 'memory' };
    return withSignal({ ...result, exitCode: state.ExitCode, signal: null }, constants.signals);
  }

  /**
   * Removes the container, running or not. One that the engine was still making when its client was ended can
   * appear later; it has not been started and never will be, and carries our label for whoever tidies up.
   */
  private async remove(name: string): Promise<void> {
    await this.client(['rm', '--force', '--volumes', name]).catch((error: unknown) => {
      throw new SandboxError(`The container ${name} could not be removed: ${reasonOf(error)}`, {
        cause: error,
      });
    });
  }

  private executable(): string {
    const program = findExecutable('docker', this.path);
    if (program === undefined) throw new SandboxError(`The docker client was not found. ${START}`);
    return program;
  }

  private clientEnvironment(): Record<string, string> {
    return { PATH: this.path, HOME: homedir(), ...this.options.clientEnv };
  }

  private async client(args: string[]): Promise<string> {
    const { stdout } = await run(this.executable(), args, {
      env: this.clientEnvironment(),
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    return stdout.trim();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The client's own words, in one line. */
function reasonOf(error: unknown): string {
  const text = (error as { stderr?: unknown }).stderr;
  const words = typeof text === 'string' && text.trim() !== '' ? text : String(error);
  return words.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
}
