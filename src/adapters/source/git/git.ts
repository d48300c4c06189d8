import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { AppError, UnavailableError } from '../../../core/errors.js';
import { diskBytes } from './disk-bytes.js';

/** Where git and ssh are looked for, whatever PATH the process was started with. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
const WATCH_MS = 200;
const STDERR_CHARS = 4000;

/** One git command. */
export interface GitCall {
  args: readonly string[];
  /** The repository it works on: a bare one, of our own making. */
  gitDir?: string;
  /** Fed to its standard input. */
  input?: AsyncIterable<Buffer | string> | Iterable<Buffer | string>;
  /** Transports it may use; none by default. */
  protocols?: readonly ('https' | 'ssh' | 'file')[];
  /** Settings for this call, as `name=value`. */
  config?: readonly string[];
  /** The command ssh connections are made with. */
  sshCommand?: string;
  timeoutMs: number;
  /** Bytes of output that are read; more end the call. */
  maxOutput?: number;
  /** A folder that may not grow past so many bytes while it runs. */
  watch?: { folder: string; maxBytes: number };
  signal?: AbortSignal;
}

/** Thrown when git ends with an error. `stderr` is for the server's log and tests, never for people. */
export class GitError extends AppError {
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    readonly stderr: string,
    /** Which limit ended it, when one did. */
    readonly stoppedBy: 'time' | 'output' | 'disk' | undefined,
  ) {
    super(
      'git_failed',
      500,
      `git ${command} ${stoppedBy ? `was stopped: its limit of ${stoppedBy} was crossed` : `ended with code ${exitCode}`}.`,
      { details: { command, exitCode, stoppedBy } },
    );
  }
}

/** Every way in which a repository, a user's settings or a terminal could make git do more than it was asked. */
const HARDENING = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.symlinks=false',
  'core.protectNTFS=true',
  'core.protectHFS=true',
  'credential.helper=',
  'protocol.allow=never',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'http.followRedirects=false',
  'http.sslVerify=true',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
  'transfer.bundleURI=false',
  'safe.bareRepository=explicit',
  'pack.threads=1',
  'init.defaultBranch=main',
];

/**
 * Runs the git binary with a home of its own, no settings but ours, no hooks, no prompts, no credentials and
 * only the transports named.
 * @returns what it wrote to standard output
 * @throws GitError when it fails or crosses a limit
 * @throws UnavailableError when there is no git on this machine
 */
export async function git(call: GitCall): Promise<Buffer> {
  const home = await mkdtemp(join(tmpdir(), 'atelier-git-'));
  try {
    return await runIn(home, call);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function environment(home: string, call: GitCall): NodeJS.ProcessEnv {
  return {
    PATH,
    HOME: home,
    TMPDIR: home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    // An unset list would mean "the default ones"; a list without a name means none.
    GIT_ALLOW_PROTOCOL: (call.protocols ?? []).join(':') || 'none',
    GIT_SSH_COMMAND: call.sshCommand ?? '/bin/false',
    GIT_SSH_VARIANT: 'ssh',
  };
}

async function runIn(home: string, call: GitCall): Promise<Buffer> {
  call.signal?.throwIfAborted();
  const settings = [...HARDENING, ...(call.config ?? [])].flatMap((setting) => ['-c', setting]);
  const place = call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`];
  // A group of its own, so that the helpers git starts end with it.
  const child = spawn('git', [...settings, ...place, ...call.args], {
    cwd: home,
    env: environment(home, call),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  let stoppedBy: GitError['stoppedBy'];
  const stop = (why: GitError['stoppedBy']): void => {
    stoppedBy ??= why;
    kill();
  };
  const timer = setTimeout(() => stop('time'), call.timeoutMs);
  const watcher = call.watch && watch(call.watch, () => stop('disk'));
  call.signal?.addEventListener('abort', kill);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > (call.maxOutput ?? Infinity)) stop('output');
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < STDERR_CHARS) stderr += text;
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
    const feeding = feed(child.stdin, call.input);
    const code = await ended;
    await feeding;
    call.signal?.throwIfAborted();
    if (code !== 0 || stoppedBy) throw new GitError(call.args[0] ?? '', code, stderr, stoppedBy);
    return Buffer.concat(chunks);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UnavailableError(
        'There is no git on this machine. Install git 2.37 or newer, then try again.',
        {
          cause: error,
        },
      );
    throw error;
  } finally {
    clearTimeout(timer);
    clearInterval(watcher);
    call.signal?.removeEventListener('abort', kill);
    kill();
  }
}

/**
 * Writes all input, as fast as git reads it. When git stops reading, its exit code tells why, not the broken pipe:
 * a pipe that is gone takes every write without a word, so it is asked before each one.
 */
async function feed(stdin: Writable, input: GitCall['input']): Promise<void> {
  const gone = new Promise<'gone'>((resolve) => {
    stdin.once('error', () => resolve('gone'));
    stdin.once('close', () => resolve('gone'));
  });
  for await (const chunk of input ?? []) {
    if (stdin.destroyed) return;
    if (stdin.write(chunk)) continue;
    const drained = new Promise<'drained'>((resolve) => stdin.once('drain', () => resolve('drained')));
    if ((await Promise.race([drained, gone])) === 'gone') return;
  }
  stdin.end();
}

function watch(limit: { folder: string; maxBytes: number }, stop: () => void): NodeJS.Timeout {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void diskBytes(limit.folder, limit.maxBytes)
      .then((bytes) => (bytes > limit.maxBytes ? stop() : undefined))
      .finally(() => (busy = false));
  }, WATCH_MS);
  return timer.unref();
}
