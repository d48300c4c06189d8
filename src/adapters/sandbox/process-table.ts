import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

/** One living process (zombies are dead) as the kernel describes it. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Tells a process from a later one with the same number. Empty where `ps` is all there is. */
  startedAt: string;
}

const run = promisify(execFile);
const hasProc = existsSync('/proc/self/stat');
const hasChildrenFiles = existsSync(`/proc/self/task/${process.pid}/children`);

/** A process by its number, from `/proc`; undefined when it is gone, dead, or there is no `/proc`. */
export function readProcess(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name is in brackets and may hold anything, brackets included: what counts comes after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  if (state === undefined || 'ZXx'.includes(state)) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: fields[19] ?? '',
  };
}

/** What `ps` prints for `pid,ppid,pgid,sess,state`, for systems without `/proc` such as macOS. */
export function parsePs(text: string): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const line of text.split('\n')) {
    const [pid, parent, group, session, state] = line.trim().split(/\s+/);
    if (!pid || !/^\d+$/.test(pid) || state?.startsWith('Z')) continue;
    entries.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      // BSD prints an address where it does not know the session.
      session: Number(session) || 0,
      startedAt: '',
    });
  }
  return entries;
}

/** Every living process of the machine, through `ps`. */
export async function listThroughPs(): Promise<ProcessEntry[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,sess=,state='], {
    env: { PATH: '/usr/bin:/bin', LANG: 'C' },
    maxBuffer: 16 * 1024 ** 2,
  });
  return parsePs(stdout);
}

/** Every living process of the machine. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  if (!hasProc) return listThroughPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined);
}

/**
 * A look-up of a process's children, good for one look at a tree. The kernel's own lists are read where it keeps
 * them: going through every process of a busy server ten times a second for each run would cost more than the
 * runs do.
 */
export async function childLookup(): Promise<(pid: number) => number[]> {
  if (hasChildrenFiles) return childrenFromProc;
  const children = new Map<number, number[]>();
  for (const { pid, parent } of await listProcesses())
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  return (pid) => children.get(pid) ?? [];
}

function childrenFromProc(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      for (const child of readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
        if (child !== '') children.push(Number(child));
  } catch {
    // It ended while we looked. Its children are somebody else's now, and the caller knows the older ones.
  }
  return children;
}

/**
 * Resident bytes of a process that no file backs (RssAnon + RssShmem): pages of files, such as the program
 * itself, are shared between processes and can be dropped, so summing them would count one Node.js many times.
 * Falls back to the whole RSS where the kernel does not tell them apart.
 */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  if (pids.length === 0) return 0;
  if (!hasProc) {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').reduce((sum, line) => sum + (Number(line) || 0) * 1024, 0);
  }
  return pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0);
}

function residentBytesOf(pid: number): number {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 0;
  }
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  const exact = kilobytes('RssAnon') + kilobytes('RssShmem');
  return (Number.isNaN(exact) ? kilobytes('VmRSS') || 0 : exact) * 1024;
}

/**
 * Bytes that only an open descriptor keeps: deleted files (which a walk through the folder cannot see) and
 * memory files (which no RSS shows). Zero where `/proc` is missing or refuses.
 */
export function heldByDescriptors(pids: readonly number[]): { disk: number; memory: number } {
  const held = { disk: 0, memory: 0 };
  const seen = new Set<string>();
  for (const pid of pids) {
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${pid}/fd`);
    } catch {
      continue;
    }
    for (const descriptor of descriptors) {
      const link = `/proc/${pid}/fd/${descriptor}`;
      try {
        const target = readlinkSync(link);
        if (!target.endsWith(' (deleted)')) continue;
        const stat = statSync(link);
        const key = `${stat.dev}:${stat.ino}`;
        if (seen.has(key)) continue;
        seen.add(key);
        held[target.startsWith('/memfd:') ? 'memory' : 'disk'] += stat.blocks * 512;
      } catch {
        // Closed while we looked.
      }
    }
  }
  return held;
}
