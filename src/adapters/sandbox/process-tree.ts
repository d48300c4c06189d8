import { readFileSync } from 'node:fs';
import { sleep } from '../../core/clock.js';
import { SandboxError } from '../../core/errors.js';
import { childLookup, listProcesses, readProcess, residentBytes } from './process-table.js';

/**
 * How long we wait for killed processes to be gone. The kernel lets each run once more in order to die, so
 * thousands of them take seconds on a busy machine.
 */
export const KILL_PATIENCE_MS = 30_000;

/** What a tree weighs at one moment. */
export interface TreeUsage {
  pids: number[];
  /** See `residentBytes`. */
  memoryBytes: number;
}

/**
 * The processes that descend from one command. A process stays a member after its parent died (it is remembered
 * by number and start time), so a double fork does not leave the tree as long as it was seen once.
 */
export class ProcessTree {
  private readonly known = new Map<number, string>();

  /**
   * @param root the command's process, leader of its own session and group
   * @param marker a unique `NAME=value` in the command's environment, by which orphans are found that no look
   *   ever caught; they may wipe it, so this is best effort
   */
  constructor(
    readonly root: number,
    private readonly marker?: string,
  ) {
    this.known.set(root, readProcess(root)?.startedAt ?? '');
  }

  /**
   * The members alive now. Counting ends once there are more than `enough`: while we looked at every process of
   * a fork bomb, it would double.
   */
  async measure(enough: number): Promise<TreeUsage> {
    const pids = await this.descend(enough);
    return { pids, memoryBytes: pids.length > enough ? 0 : await residentBytes(pids) };
  }

  /**
   * Kills every member and waits until none is alive.
   * @throws SandboxError when members are still alive after `KILL_PATIENCE_MS`
   */
  async kill(): Promise<void> {
    const deadline = performance.now() + KILL_PATIENCE_MS;
    for (;;) {
      // The group first: the kernel signals all of it at once, so a fork bomb cannot run ahead of us.
      signal(-this.root);
      const members = await this.everyMember();
      if (members.length === 0) return;
      if (performance.now() > deadline)
        throw new SandboxError(`Processes ${members.join(', ')} survived being killed. End them by hand.`);
      for (const pid of members) signal(pid);
      await sleep(5);
    }
  }

  private async descend(enough = Infinity): Promise<number[]> {
    const childrenOf = await childLookup();
    const alive: number[] = [];
    const queue = [...this.known.keys()];
    const seen = new Set<number>(queue);
    for (let pid = queue.pop(); pid !== undefined && alive.length <= enough; pid = queue.pop()) {
      const entry = readProcess(pid);
      const before = this.known.get(pid);
      if (entry && before !== undefined && before !== '' && before !== entry.startedAt) {
        this.known.delete(pid);
        continue;
      }
      if (entry) this.known.set(pid, entry.startedAt);
      if (entry || isAlive(pid)) alive.push(pid);
      else if (pid !== this.root) this.known.delete(pid);
      for (const child of childrenOf(pid))
        if (!seen.has(child)) {
          seen.add(child);
          queue.push(child);
        }
    }
    return alive;
  }

  /** The descendants, and who shares the group, the session or the marker. */
  private async everyMember(): Promise<number[]> {
    const members = new Set(await this.descend());
    for (const entry of await listProcesses())
      if (entry.group === this.root || entry.session === this.root || this.carriesMarker(entry.pid))
        members.add(entry.pid);
    return [...members];
  }

  private carriesMarker(pid: number): boolean {
    if (this.marker === undefined) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(this.marker);
    } catch {
      return false;
    }
  }
}

/** Sends SIGKILL; a process that is gone already is no error. */
export function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone, or never ours: then there is nothing to end.
  }
}

/** For systems without `/proc`; elsewhere `readProcess` has said it, and knows zombies. */
function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
