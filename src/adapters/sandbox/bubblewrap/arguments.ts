import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TASKS_PER_PROCESS } from '../environment.js';
import { SOCKET_INSIDE, type SandboxLimits, type SandboxPaths } from '../port.js';
import type { PreparedRun } from '../prepare-run.js';

/** The same inside for every host and run, so that outputs can be compared and name no folder of the host. */
export const INSIDE: SandboxPaths = { work: '/work', tools: '/tools', results: '/results' };

/** `/tmp` and `/dev/shm` live in memory that no process is charged for, so they are small. */
const TMP_BYTES = 64 * 1024 ** 2;
const SHM_BYTES = 16 * 1024 ** 2;

/** What a program may have writable without touching it, such as the stacks of its threads. */
const DATA_SLACK_BYTES = 512 * 1024 ** 2;

/** Where a Node.js from outside /usr (nvm, a tarball) is put inside. */
const NODE_PREFIX = '/opt/node';

/** How the host's programs are laid out, as bubblewrap arguments. */
export interface HostLayout {
  binds: string[];
  /** PATH inside. */
  path: string;
}

/**
 * Looks at the host once: `/usr`, the older top-level folders as the links or folders they are, and this
 * process's Node.js. Of a Node.js outside /usr only the binary and npm get in, since its prefix may be a home.
 */
export function hostLayout(execPath = process.execPath): HostLayout {
  const binds = ['--ro-bind', '/usr', '/usr'];
  for (const folder of ['/bin', '/sbin', '/lib', '/lib32', '/lib64']) {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) binds.push('--symlink', readlinkSync(folder), folder);
    else if (found?.isDirectory()) binds.push('--ro-bind', folder, folder);
  }
  const node = realpathSync(execPath);
  const standard = '/usr/local/bin:/usr/bin:/bin';
  if (node.startsWith('/usr/')) return { binds, path: `${dirname(node)}:${standard}` };
  binds.push('--ro-bind', node, `${NODE_PREFIX}/bin/node`);
  const modules = join(dirname(dirname(node)), 'lib', 'node_modules', 'npm');
  if (lstatSync(modules, { throwIfNoEntry: false })?.isDirectory()) {
    binds.push('--ro-bind', modules, `${NODE_PREFIX}/lib/node_modules/npm`);
    binds.push('--symlink', '../lib/node_modules/npm/bin/npm-cli.js', `${NODE_PREFIX}/bin/npm`);
  }
  return { binds, path: `${NODE_PREFIX}/bin:${standard}` };
}

/**
 * The arguments of `bwrap` for one run, its command included.
 *
 * - `--disable-userns` (0.8) closes the largest attack surface of the kernel; it needs `--unshare-user`.
 * - `/proc` is remounted read-only: a worker that runs as root is the kernel's root inside too, and without any
 *   capability that root may still write `/proc/sys/kernel/core_pattern`, which is a way out to the host.
 * - `/` and `/dev` are memory of nobody's account, and read-only for that reason.
 * - `nice` puts the code behind everybody else, and behind the namespace's first process: that one has to get
 *   its turn among the thousands of a fork bomb in order to die, and they with it.
 * - The process limit holds per user namespace (Linux 5.14), but the kernel exempts root from it; there the
 *   supervisor's count is what holds. No RLIMIT_AS: Node.js reserves far more than it uses. RLIMIT_DATA counts
 *   what is writable, and stands far above the limit, to hold a process that is faster than the supervisor.
 */
export function bubblewrapArguments(
  run: PreparedRun,
  host: HostLayout,
  etcDir: string,
  command: readonly string[],
): string[] {
  const args = ['--json-status-fd', '3'];
  args.push('--unshare-all', '--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000');
  args.push('--hostname', 'sandbox', '--die-with-parent', '--new-session', '--cap-drop', 'ALL');
  args.push(...host.binds, '--ro-bind', etcDir, '/etc');
  args.push('--proc', '/proc', '--dev', '/dev');
  args.push('--size', String(SHM_BYTES), '--tmpfs', '/dev/shm');
  args.push('--size', String(TMP_BYTES), '--tmpfs', '/tmp');
  args.push('--bind', run.workDir, INSIDE.work);
  if (run.hasGit) args.push('--ro-bind', join(run.workDir, '.git'), `${INSIDE.work}/.git`);
  if (run.toolsDir !== undefined) args.push('--ro-bind', run.toolsDir, INSIDE.tools);
  if (run.resultsDir !== undefined) args.push('--bind', run.resultsDir, INSIDE.results);
  if (run.socket !== undefined) args.push('--ro-bind', run.socket, SOCKET_INSIDE);
  args.push('--remount-ro', '/proc', '--remount-ro', '/dev', '--remount-ro', '/');
  args.push('--chdir', INSIDE.work, '--', 'prlimit', ...resourceLimits(run.limits), '--');
  args.push('nice', '-n', '10', ...command);
  return args;
}

function resourceLimits(limits: SandboxLimits): string[] {
  return [
    `--nproc=${limits.processes * TASKS_PER_PROCESS}`,
    `--fsize=${Math.ceil(limits.workDirBytes)}`,
    `--data=${Math.ceil(limits.memoryBytes * 2) + DATA_SLACK_BYTES}`,
    '--core=0',
  ];
}
