import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ForbiddenError, UnavailableError, ValidationError } from '../../../core/errors.js';
import { checkBelow, insideRoots } from '../folder/folder.js';
import type { SourceLimits, SourceTree } from '../port.js';
import { git, GitError, type GitCall } from './git.js';
import { isListed, resolveHost } from './host-policy.js';
import { readCommit } from './objects.js';
import { parseGitUrl, type GitUrl } from './url.js';

/** Where the base of a mission stands in our throw-away repository. */
const BASE = 'refs/atelier/base';

/** What an administrator allows. */
export interface GitPolicy {
  /** Absolute folders below which `file://` repositories may stand. */
  roots: readonly string[];
  /** Hosts, as `host` or `host:port`, that may be private, and that may be gone to with ssh. */
  hosts: readonly string[];
}

/** The checks of a git URL that need no look at disk or network. @throws ValidationError, ForbiddenError */
export function admitGitUrl(text: string, policy: GitPolicy): GitUrl {
  const url = parseGitUrl(text);
  if (url.protocol === 'file') checkBelow(url.path, policy.roots, 'source.url');
  if (url.protocol === 'ssh' && !isListed(url.host, url.port, policy.hosts))
    throw new ForbiddenError(
      `Going to "${url.host}" with ssh would use the server's own key, so an administrator has to allow the host in ` +
        'ATELIER_GIT_HOSTS. Public projects can be read over https.',
      { details: { field: 'source.url', host: url.host } },
    );
  return url;
}

/**
 * Reads one commit of a repository somewhere else: fetched without its history, never checked out.
 * @param ref a branch, tag or commit; the repository's HEAD when absent
 * @throws ValidationError for `source.url` or `source.ref`; ForbiddenError for what the policy does not allow
 * @throws UnavailableError when the other side is away or too slow
 */
export async function readGit(
  text: string,
  ref: string | undefined,
  policy: GitPolicy,
  limits: SourceLimits,
  signal?: AbortSignal,
): Promise<SourceTree> {
  const url = admitGitUrl(text, policy);
  const way = await wayTo(url, policy);
  return inBareRepository(async (gitDir) => {
    const fetch = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-auto-gc'];
    await git({
      ...way.call,
      gitDir,
      args: [...fetch, '--', way.url, `${ref ?? 'HEAD'}:${BASE}`],
      timeoutMs: limits.gitMs,
      maxOutput: 1024 ** 2,
      watch: { folder: gitDir, maxBytes: limits.transferBytes },
      signal,
    });
    return read(gitDir, ref ?? 'HEAD', 'source.url', limits, signal);
  }).catch((error: unknown) => {
    throw error instanceof GitError ? explain(error, ref) : error;
  });
}

/**
 * Reads a git bundle: its HEAD, else its `main` or `master`, else its only branch.
 * @throws ValidationError for `archive`
 */
export async function readBundle(
  bytes: Buffer,
  limits: SourceLimits,
  signal?: AbortSignal,
): Promise<SourceTree> {
  return inBareRepository(async (gitDir, room) => {
    const file = join(room, 'upload.bundle');
    await writeFile(file, bytes, { mode: 0o600 });
    const call = { gitDir, timeoutMs: limits.gitMs, maxOutput: 1024 ** 2, signal };
    const heads = (await git({ ...call, args: ['bundle', 'list-heads', file] })).toString('utf8');
    const ref = headOf(heads);
    await git({
      ...call,
      protocols: ['file'],
      args: ['fetch', '--quiet', '--no-tags', '--no-auto-gc', '--', file, `${ref}:${BASE}`],
      watch: { folder: gitDir, maxBytes: limits.transferBytes },
    });
    // Cuts the history off, so that what is kept is one commit.
    await writeFile(join(gitDir, 'shallow'), `${await commitOf(gitDir, limits, signal)}\n`);
    return read(gitDir, ref, 'archive', limits, signal);
  }).catch((error: unknown) => {
    if (!(error instanceof GitError)) throw error;
    throw bundleRefused(
      /prerequisite/i.test(error.stderr)
        ? 'needs commits that it does not hold; make it with "git bundle create project.bundle HEAD"'
        : 'cannot be read by git',
    );
  });
}

async function read(
  gitDir: string,
  ref: string,
  field: string,
  limits: SourceLimits,
  signal: AbortSignal | undefined,
): Promise<SourceTree> {
  return readCommit(gitDir, await commitOf(gitDir, limits, signal), ref, field, limits, signal);
}

async function commitOf(
  gitDir: string,
  limits: SourceLimits,
  signal: AbortSignal | undefined,
): Promise<string> {
  const args = ['rev-parse', '--verify', '--end-of-options', `${BASE}^{commit}`];
  return (await git({ gitDir, args, timeoutMs: limits.gitMs, signal })).toString('latin1').trim();
}

async function inBareRepository<T>(work: (gitDir: string, room: string) => Promise<T>): Promise<T> {
  const room = await mkdtemp(join(tmpdir(), 'atelier-source-'));
  try {
    const gitDir = join(room, 'repository.git');
    await git({ args: ['init', '--quiet', '--bare', '--template=', gitDir], timeoutMs: 30_000 });
    return await work(gitDir, room);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** How git is to go to a URL: pinned to the address that was found fit, by the one transport it names. */
async function wayTo(
  url: GitUrl,
  policy: GitPolicy,
): Promise<{ url: string; call: Pick<GitCall, 'protocols' | 'config' | 'sshCommand'> }> {
  if (url.protocol === 'file') {
    const path = await insideRoots(url.path, policy.roots, 'source.url');
    return { url: pathToFileURL(path).href, call: { protocols: ['file'] } };
  }
  const { address } = await resolveHost(url.host, url.port, policy.hosts);
  if (url.protocol === 'https') {
    const pinned = isIP(url.host) === 0 && !url.host.startsWith('[');
    const literal = isIP(address) === 6 ? `[${address}]` : address;
    const config = pinned ? [`http.curloptResolve=${url.host}:${url.port}:${literal}`] : [];
    return { url: url.url, call: { protocols: ['https'], config } };
  }
  const alias = url.port === 22 ? url.host : `[${url.host}]:${url.port}`;
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=20',
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    'ProxyCommand=none',
    `HostKeyAlias=${alias}`,
    `HostName=${address}`,
  ];
  return {
    url: url.url,
    call: {
      protocols: ['ssh'],
      sshCommand: ['ssh -F /dev/null', ...options.map((option) => `-o '${option}'`)].join(' '),
    },
  };
}

function headOf(listing: string): string {
  const names = listing
    .split('\n')
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((name) => name !== '');
  const usual = ['HEAD', 'refs/heads/main', 'refs/heads/master'].find((name) => names.includes(name));
  const branches = names.filter((name) => name.startsWith('refs/heads/'));
  const ref = usual ?? (branches.length === 1 ? branches[0] : undefined);
  if (ref !== undefined && /^[A-Za-z0-9._/+-]+$/.test(ref) && !ref.startsWith('-')) return ref;
  throw bundleRefused(
    'holds no HEAD and not exactly one branch; make it with "git bundle create project.bundle HEAD"',
  );
}

function bundleRefused(message: string): ValidationError {
  return new ValidationError(`The git bundle ${message}.`, [{ field: 'archive', message }]);
}

/** What a failed fetch means to whoever asked for it. What git printed stays here: it may quote addresses. */
function explain(error: GitError, ref: string | undefined): Error {
  if (error.stoppedBy === 'time')
    return new UnavailableError(
      'The git server took too long to send the project. Try again, or upload a bundle.',
    );
  if (error.stoppedBy !== undefined)
    return invalid('source.url', 'names a project that is larger than this server takes');
  if (/couldn't find remote ref|not our ref|no such remote ref|invalid refspec/i.test(error.stderr))
    return ref === undefined
      ? invalid('source.url', 'names a repository without commits')
      : invalid('source.ref', `is no branch, tag or commit of the repository: ${JSON.stringify(ref)}`);
  if (
    /resolve host|connect to|connection (refused|reset|timed out)|timed out|early EOF|HTTP 5\d\d/i.test(
      error.stderr,
    )
  )
    return new UnavailableError('The git server cannot be reached at the moment. Try again later.');
  return invalid(
    'source.url',
    'names no repository that can be read without credentials; for a private project upload a git bundle',
  );
}

function invalid(field: string, message: string): ValidationError {
  return new ValidationError(`The source cannot be used: ${field} ${message}.`, [{ field, message }]);
}
