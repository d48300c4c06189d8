import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One worker process that stands at this moment. */
export interface FleetWorker {
  readonly pid: number;
  /** How it signs its leases. */
  readonly owner: string;
  /** Whether it is held by SIGSTOP. */
  stopped: boolean;
}

interface Member extends FleetWorker {
  child: ChildProcess;
  ready: boolean;
  /** Set once we have sent it away: its end is no surprise then. */
  dismissed: boolean;
}

export interface FleetOptions {
  /** The compiled worker entry. */
  entry: URL;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  size: number;
  /** Where all workers' stderr goes. */
  logFile: string;
}

/** Worker processes that are replaced whenever one ends, as a supervisor would. */
export class Fleet {
  private readonly members = new Set<Member>();
  private readonly log: WriteStream;
  private closing = false;
  /** Workers that ended though nobody had asked them to: pid and exit code or signal. */
  readonly surprises: string[] = [];
  /** When no worker at all was up: epoch ms. */
  readonly downtimes: { from: number; to: number }[] = [];
  private downSince: number | undefined;

  constructor(private readonly options: FleetOptions) {
    this.log = createWriteStream(options.logFile, { flags: 'a' });
  }

  /** Starts all workers and waits until each takes work. @throws Error when one ends before */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.size }, () => this.spawn()));
  }

  /** The workers that take work, without those held by SIGSTOP. */
  get awake(): FleetWorker[] {
    return [...this.members].filter((member) => member.ready && !member.stopped && !member.dismissed);
  }

  /** The running worker with this signature. */
  find(owner: string): FleetWorker | undefined {
    return this.awake.find((worker) => worker.owner === owner);
  }

  /** SIGKILL or SIGTERM; another worker starts at once. Resolves when it has ended. */
  async end(worker: FleetWorker, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const member = this.memberOf(worker);
    if (!member) return;
    member.dismissed = true;
    this.look();
    const exited = once(member.child, 'exit');
    member.child.kill(signal);
    this.replace();
    await exited;
  }

  /** SIGSTOP, and SIGCONT after `ms`: a machine that was away and does not know it. */
  hold(worker: FleetWorker, ms: number): void {
    const member = this.memberOf(worker);
    if (!member) return;
    member.stopped = true;
    this.look();
    member.child.kill('SIGSTOP');
    setTimeout(() => {
      member.child.kill('SIGCONT');
      member.stopped = false;
      this.look();
    }, ms).unref();
  }

  /** Ends every worker without replacing any. */
  async stop(): Promise<void> {
    this.closing = true;
    await Promise.all(
      [...this.members].map(async (member) => {
        member.dismissed = true;
        const exited = once(member.child, 'exit');
        member.child.kill('SIGKILL');
        await exited;
      }),
    );
    this.log.end();
  }

  private memberOf(worker: FleetWorker): Member | undefined {
    return [...this.members].find((member) => member === worker);
  }

  /** Notes when the last worker goes and the next one comes. */
  private look(): void {
    const up = this.awake.length > 0;
    if (!up) this.downSince ??= Date.now();
    else if (this.downSince !== undefined) {
      this.downtimes.push({ from: this.downSince, to: Date.now() });
      this.downSince = undefined;
    }
  }

  private replace(): void {
    if (this.closing) return;
    this.spawn().catch((error: unknown) => {
      // A worker that cannot start (Postgres is away just now) is tried again, as a supervisor does.
      if (!this.closing) setTimeout(() => this.replace(), 500).unref();
      this.log.write(`${String(error)}\n`);
    });
  }

  private async spawn(): Promise<void> {
    const { entry, args = [], env } = this.options;
    const child = spawn(process.execPath, [fileURLToPath(entry), ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.pipe(this.log, { end: false });
    const member: Member = {
      child,
      pid: child.pid ?? 0,
      owner: `${hostname()}:${child.pid}`,
      ready: false,
      stopped: false,
      dismissed: false,
    };
    this.members.add(member);
    const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
      this.members.delete(member);
      this.look();
      if (member.ready && !member.dismissed && !this.closing) {
        this.surprises.push(`worker ${member.pid} ended by itself (${String(code ?? signal)})`);
        this.replace();
      }
      return `worker ${member.pid} ended before it was ready (${String(code ?? signal)})`;
    });
    const first = await Promise.race([once(child, 'message').then(() => undefined), ended]);
    if (first !== undefined && !member.dismissed) throw new Error(first);
    member.ready = true;
    this.look();
  }
}
