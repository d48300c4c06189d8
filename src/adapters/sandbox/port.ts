/**
 * Running code that a model wrote. It is hostile until proven otherwise: it gets one folder, no network, no
 * secrets and hard limits, and nothing of it is alive when `run` returns.
 *
 * What the port leaves out, on purpose: any network (a run may be given one unix socket of ours), input to
 * the command (stdin is empty), streaming of the output, sessions that outlive one command, and GPUs. What the
 * run reports about itself (exit code, output, files in `resultsDir`) is the code's own word: it is data to
 * check, never proof.
 */

/** Where one run is stopped. Crossing any of them kills the whole process tree. */
export interface SandboxLimits {
  /** Milliseconds from the start of the command. */
  wallMs: number;
  /** Resident memory that no file backs, summed over the tree, in bytes. */
  memoryBytes: number;
  /** Processes alive at the same time. */
  processes: number;
  /** Bytes on disk in the work folder and the results folder together, what was there before included. */
  workDirBytes: number;
  /** Bytes of output kept; a run that prints more is stopped. */
  outputBytes: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  wallMs: 60_000,
  memoryBytes: 1024 ** 3,
  processes: 128,
  workDirBytes: 256 * 1024 ** 2,
  outputBytes: 4_000_000,
};

/** The folders of a run as the command sees them inside. */
export interface SandboxPaths {
  work: string;
  /** Only there when the run names a `toolsDir`. */
  tools: string;
  /** Only there when the run names a `resultsDir`. */
  results: string;
}

/** Where a run's `socket` is inside. */
export const SOCKET_INSIDE = '/run/atelier.sock';

export interface SandboxRun {
  /**
   * Absolute folder of the host: the only place the code may write, besides a private `/tmp` and `resultsDir`.
   * A `.git` in it is read-only inside, and one that the code makes is removed after the run: git trusts its
   * configuration enough to run programs from it.
   */
  workDir: string;
  /** Absolute folder of the host with our own trusted files (a test reporter), read-only inside. */
  toolsDir?: string;
  /** Absolute folder of the host for the runner's report, writable inside. */
  resultsDir?: string;
  /**
   * Absolute path of a unix socket of the host that the code may connect to: the only way out that there is, so
   * whoever listens decides what can be reached. Only for drivers with `reachesSockets`.
   */
  socket?: string;
  /**
   * Program and arguments, chosen by our code and never by a model. The program `node` stands for the driver's
   * own Node.js.
   */
  command: (paths: SandboxPaths) => readonly string[];
  /** Added to the small fixed environment of the sandbox. Never put a secret here: the code reads it. */
  env?: Record<string, string>;
  /** Overrides `DEFAULT_LIMITS`, one by one. */
  limits?: Partial<SandboxLimits>;
  /** Aborting kills the tree; the run then ends with `stoppedBy: 'aborted'`. */
  signal?: AbortSignal;
}

export type StopReason = 'wall_time' | 'memory' | 'processes' | 'disk' | 'output' | 'aborted';

export interface SandboxResult {
  /** Null when a signal ended the command, or when it never started. */
  exitCode: number | null;
  /** Such as `SIGKILL`. Null when the command ended by itself. */
  signal: string | null;
  /** The limit that was crossed. Null when the command ended by itself. */
  stoppedBy: StopReason | null;
  /** stdout and stderr in the order they came, as UTF-8, cut at `outputBytes`. */
  output: string;
  durationMs: number;
  /** The highest sum that was sampled; 0 where the driver cannot see the processes, or the run was too short. */
  peakMemoryBytes: number;
}

export interface Sandbox {
  /** The driver's name, such as `bubblewrap`. */
  readonly name: string;
  /** Whether a run may be given a `socket`. */
  readonly reachesSockets?: boolean;
  /**
   * Proves that the sandbox works here and holds, by trying to get out of it.
   * @throws SandboxError when it does not, with what to install or change
   */
  probe(): Promise<void>;
  /**
   * Runs one command and waits until nothing of it is alive. A command that fails, or is stopped at a limit, is
   * a result and no error.
   * @throws ValidationError when the run is malformed (a relative folder, an empty command)
   * @throws SandboxError when the sandbox itself could not be set up, or refuses this code
   */
  run(run: SandboxRun): Promise<SandboxResult>;
}

/** What came of installing: nothing to do, done, or why not, in words for the bug report. */
export interface Installed {
  /** Whether the package manager ran. */
  ran: boolean;
  problem?: string;
  output: string;
}

/** Brings a project's dependencies into its folder, before its tests and apart from them. */
export interface Installer {
  /**
   * Installs what the manifest in `workDir` asks for; nothing when it asks for nothing. What goes wrong with the
   * packages is a problem and no error.
   * @throws SandboxError when the sandbox could not be set up
   */
  install(workDir: string, signal: AbortSignal): Promise<Installed>;
}
