import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { SandboxError, messageOf } from '../../core/errors.js';
import { diskUsage } from './disk-usage.js';
import type { SandboxLimits, SandboxResult, StopReason } from './port.js';
import { heldByDescriptors } from './process-table.js';
import type { TreeUsage } from './process-tree.js';

/** How a driver sees and ends what it has started. */
export interface Containment {
  /**
   * What the tree weighs now; null where the driver cannot see it and leaves those limits to the kernel. It need
   * not look further once there are more than `enough` processes.
   */
  measure(enough: number): Promise<TreeUsage | null>;
  /** Kills the whole tree and resolves once nothing of it is alive. Called at a limit and after every exit. */
  kill(): Promise<void>;
}

export interface SupervisedRun {
  program: string;
  args: readonly string[];
  /** The child's whole environment. */
  env: Record<string, string>;
  cwd: string;
  limits: SandboxLimits;
  /** Folders whose size counts against `workDirBytes`. */
  watched: readonly string[];
  signal?: AbortSignal;
  /** Whether to open a pipe at descriptor 3, for what the program tells about itself. */
  statusPipe?: boolean;
  contain: (child: ChildProcess, pid: number) => Containment;
}

const POLL_MS = 100;
/** The first look comes early, so that short runs are measured at all. */
const FIRST_POLL_MS = 25;
/** How long a pipe may stay open once every process is dead, before we stop waiting for its end. */
const PIPE_GRACE_MS = 1_000;

/** stdout and stderr share one pipe, which is the only way to keep their order. `exec` keeps the process id. */
const MERGE_OUTPUT = ['-c', 'exec "$@" 2>&1', 'sh'];

/**
 * Runs a program under limits: one child, its output, a clock, and a look at the tree every 100 ms.
 * @throws SandboxError when the program cannot be started, or its tree cannot be ended
 */
export async function supervise(run: SupervisedRun): Promise<SandboxResult> {
  if (run.signal?.aborted) return notStarted();
  const startedAt = performance.now();
  const child = spawn('/bin/sh', [...MERGE_OUTPUT, run.program, ...run.args], {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore', ...(run.statusPipe ? (['pipe'] as const) : [])],
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) =>
      reject(new SandboxError(`Cannot start ${run.program}: ${messageOf(error)}`, { cause: error })),
    );
  });
  if (child.pid === undefined) {
    await exited;
    throw new SandboxError(`Cannot start ${run.program}.`);
  }
  dieFirst(child.pid);
  const containment = run.contain(child, child.pid);
  let stoppedBy: StopReason | null = null;
  let killing: Promise<void> | undefined;
  let broken: unknown;
  const stop = (reason: StopReason) => {
    stoppedBy ??= reason;
    killing ??= containment.kill();
    // Whoever awaits `killing` below hears of a failure; until then it must not count as unhandled.
    killing.catch(() => undefined);
  };

  const output = captureOutput(child, run.limits.outputBytes, () => stop('output'));
  const onAbort = () => stop('aborted');
  run.signal?.addEventListener('abort', onAbort, { once: true });
  const clock = setTimeout(() => stop('wall_time'), run.limits.wallMs);
  const watch = watchTree(run, containment, stop, (error) => {
    // Blind, we cannot hold the limits: end the run rather than let it go on unwatched.
    broken ??= error;
    stop('aborted');
  });
  try {
    const { code, signal } = await exited;
    const durationMs = Math.round(performance.now() - startedAt);
    // Also after an orderly end: what the command left in the background must not touch the files any more.
    await killing;
    await containment.kill();
    if (broken !== undefined)
      throw new SandboxError(`The sandbox lost sight of its run: ${messageOf(broken)}`, { cause: broken });
    return {
      exitCode: code,
      signal,
      stoppedBy,
      output: await output.text(),
      durationMs,
      peakMemoryBytes: watch.peakMemoryBytes(),
    };
  } finally {
    clearTimeout(clock);
    watch.stop();
    run.signal?.removeEventListener('abort', onAbort);
  }
}

function notStarted(): SandboxResult {
  return {
    exitCode: null,
    signal: null,
    stoppedBy: 'aborted',
    output: '',
    durationMs: 0,
    peakMemoryBytes: 0,
  };
}

/** The code is the first to go when the machine's memory runs out. */
function dieFirst(pid: number): void {
  try {
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A courtesy only: the limits hold without it, and the child may be gone already.
  }
}

/** Keeps the first `limit` bytes of the child's output and calls `onFlood` once when there is more. */
function captureOutput(child: ChildProcess, limit: number, onFlood: () => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    if (bytes < limit) chunks.push(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
    if (bytes > limit) onFlood();
  });
  return {
    async text(): Promise<string> {
      const grace = setTimeout(() => child.stdout?.destroy(), PIPE_GRACE_MS);
      await closed;
      clearTimeout(grace);
      // `stream` drops a character that the cut went through instead of printing a replacement for it.
      return new TextDecoder().decode(Buffer.concat(chunks), { stream: bytes > limit });
    },
  };
}

/** Looks at the tree and the disk again and again, until stopped. */
function watchTree(
  run: SupervisedRun,
  containment: Containment,
  stop: (reason: StopReason) => void,
  onError: (error: unknown) => void,
) {
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let diskBusy = false;
  let nextDiskLook = 0;
  let heldMemory = 0;

  const lookAtDisk = async (pids: readonly number[]) => {
    const from = performance.now();
    const held = heldByDescriptors(pids);
    heldMemory = held.memory;
    const bytes = held.disk + (await diskUsage(run.watched, run.limits.workDirBytes));
    if (bytes > run.limits.workDirBytes) stop('disk');
    // A folder of many files takes long to look through: never spend more than a fifth of the time on it.
    nextDiskLook = performance.now() + Math.max(POLL_MS / 2, 4 * (performance.now() - from));
  };
  const look = async () => {
    const usage = await containment.measure(run.limits.processes);
    if (ended) return;
    if (usage && usage.pids.length > run.limits.processes) return stop('processes');
    if (!diskBusy && performance.now() >= nextDiskLook) {
      diskBusy = true;
      void lookAtDisk(usage?.pids ?? [])
        .catch(onError)
        .finally(() => {
          diskBusy = false;
        });
    }
    if (!usage) return;
    const memory = usage.memoryBytes + heldMemory;
    peak = Math.max(peak, memory);
    if (memory > run.limits.memoryBytes) stop('memory');
  };
  const tick = () => {
    void look()
      .catch(onError)
      .finally(() => {
        if (!ended) timer = setTimeout(tick, POLL_MS);
      });
  };
  timer = setTimeout(tick, FIRST_POLL_MS);
  return {
    peakMemoryBytes: () => peak,
    stop() {
      ended = true;
      clearTimeout(timer);
    },
  };
}

/** A shell's exit code above 128 is the signal that ended the command; drivers with an own init report it so. */
export function withSignal(result: SandboxResult, signals: Record<string, number>): SandboxResult {
  const number = (result.exitCode ?? 0) - 128;
  const name = Object.entries(signals).find(([, value]) => value === number)?.[0];
  return name === undefined ? result : { ...result, exitCode: null, signal: name };
}
