import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../../core/clock.js';
import { SandboxError } from '../../../core/errors.js';
import { HOST_PATH, baseEnvironment, findExecutable } from '../environment.js';
import type { Sandbox, SandboxResult, SandboxRun } from '../port.js';
import { prepareRun, programOf, removeForeignGit } from '../prepare-run.js';
import type { ProcessEntry } from '../process-table.js';
import { readProcess } from '../process-table.js';
import { KILL_PATIENCE_MS, ProcessTree, signal } from '../process-tree.js';
import { proveIsolation } from '../prove-isolation.js';
import type { Containment } from '../supervisor.js';
import { supervise, withSignal } from '../supervisor.js';
import { INSIDE, bubblewrapArguments, hostLayout } from './arguments.js';

export interface BubblewrapOptions {
  /** Where to look for `bwrap`; the usual folders of a Linux system by default. */
  path?: string;
}

const INSTALL =
  'Install bubblewrap 0.8 or newer (apt install bubblewrap, dnf install bubblewrap), allow unprivileged user ' +
  'namespaces (on Ubuntu: an AppArmor profile for bwrap, or sysctl kernel.apparmor_restrict_unprivileged_userns=0; ' +
  'in a container: run it with --security-opt seccomp=unconfined), or use Docker with ATELIER_SANDBOX=docker.';

const ETC = fileURLToPath(new URL('./assets/etc', import.meta.url));

/**
 * Linux namespaces through bubblewrap: no network but an own loopback, no capabilities, no further user
 * namespaces, a read-only `/usr`, and nothing else of the host but the run's own folders.
 */
export class BubblewrapSandbox implements Sandbox {
  readonly name = 'bubblewrap';
  readonly reachesSockets = true;
  private readonly path: string;

  constructor(options: BubblewrapOptions = {}) {
    this.path = options.path ?? HOST_PATH;
  }

  async probe(): Promise<void> {
    await proveIsolation(this, INSTALL);
  }

  async run(run: SandboxRun): Promise<SandboxResult> {
    const program = findExecutable('bwrap', this.path);
    if (program === undefined) throw new SandboxError(`bubblewrap (bwrap) was not found. ${INSTALL}`);
    const prepared = await prepareRun(run);
    const host = hostLayout();
    const command = programOf(run.command(INSIDE));
    let init: NamespaceInit | undefined;
    const result = await supervise({
      program,
      args: bubblewrapArguments(prepared, host, ETC, command),
      // bwrap stays in the namespace as process 1, where the code can read its environment: so it is the code's.
      env: { ...baseEnvironment({ path: host.path, home: '/tmp', tmp: '/tmp' }), ...run.env },
      cwd: prepared.workDir,
      limits: prepared.limits,
      watched: [prepared.workDir, ...(prepared.resultsDir === undefined ? [] : [prepared.resultsDir])],
      signal: run.signal,
      statusPipe: true,
      contain: (child, pid) => (init = new NamespaceInit(child, pid)),
    });
    await removeForeignGit(prepared);
    if (result.stoppedBy === null && init && !init.commandStarted)
      throw new SandboxError(`bubblewrap could not set up the sandbox: ${result.output.trim()} ${INSTALL}`);
    return withSignal(result, constants.signals);
  }
}

/** A process namespace: when its first process dies the kernel kills all others, and waits for them. */
class NamespaceInit implements Containment {
  commandStarted = false;
  private readonly tree: ProcessTree;
  private init: ProcessEntry | undefined;
  private status = '';

  constructor(
    child: ChildProcess,
    private readonly pid: number,
  ) {
    this.tree = new ProcessTree(pid);
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      this.status += chunk.toString('utf8');
      const found = /"child-pid": (\d+)/.exec(this.status)?.[1];
      if (found !== undefined && !this.init) this.init = readProcess(Number(found));
      // bwrap reports an exit code only for a command that it has really started.
      this.commandStarted = this.status.includes('"exit-code"');
    });
  }

  async measure(enough: number) {
    // bwrap's own two processes are not the command's.
    const own = new Set([this.pid, this.init?.pid]);
    const usage = await this.tree.measure(enough + own.size);
    return { ...usage, pids: usage.pids.filter((pid) => !own.has(pid)) };
  }

  async kill(): Promise<void> {
    const { init } = this;
    if (!init) return this.tree.kill();
    const deadline = performance.now() + KILL_PATIENCE_MS;
    while (readProcess(init.pid)?.startedAt === init.startedAt || readProcess(this.pid) !== undefined) {
      // The first process leads the command's group: signalled together they cannot go on forking until it,
      // one among thousands, has had its turn.
      signal(-init.pid);
      signal(init.pid);
      signal(this.pid);
      if (performance.now() > deadline)
        throw new SandboxError(
          `The sandbox's first process ${init.pid} survived being killed. End it by hand.`,
        );
      await sleep(5);
    }
  }
}
