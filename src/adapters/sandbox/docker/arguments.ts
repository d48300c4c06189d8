import { join } from 'node:path';
import { SandboxError } from '../../../core/errors.js';
import { TASKS_PER_PROCESS, baseEnvironment } from '../environment.js';
import type { SandboxPaths } from '../port.js';
import type { PreparedRun } from '../prepare-run.js';
import { programOf } from '../prepare-run.js';

export const INSIDE: SandboxPaths = { work: '/work', tools: '/tools', results: '/results' };

/** Marks our containers: `docker ps --all --filter label=atelier.sandbox` shows what a killed worker left. */
const LABEL = 'atelier.sandbox';

/** Inside the image, Node.js may be in either place. */
const IMAGE_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface ContainerSpec {
  /** The container's name, by which it is killed. */
  name: string;
  image: string;
  /** The owner of what the code writes. */
  uid: number;
  gid: number;
  env: Record<string, string>;
  command: readonly string[];
}

/** Docker reads the value as a line of CSV, where a folder's name may hold commas and quotes only when quoted. */
function mount(source: string, target: string, readOnly: boolean): string[] {
  if (/[\r\n]/.test(source))
    throw new SandboxError(
      `Docker cannot mount "${source}": its name holds a line break. Rename the folder.`,
    );
  const quoted = `"source=${source.replaceAll('"', '""')}"`;
  return ['--mount', `type=bind,${quoted},target=${target}${readOnly ? ',readonly' : ''}`];
}

/**
 * The arguments of `docker` for one run. No `--rm`: after the end the container is asked whether its memory ran
 * out, and removed then. No `-i`: stdin stays empty. `--pull never`: a run must not reach for the network. The
 * image's own entrypoint is replaced, since it may do something before the command.
 */
export function dockerArguments(run: PreparedRun, spec: ContainerSpec): string[] {
  const { limits } = run;
  const [program, ...args] = programOf(spec.command);
  const environment = { ...baseEnvironment({ path: IMAGE_PATH, home: '/tmp', tmp: '/tmp' }), ...spec.env };
  const memory = String(Math.ceil(limits.memoryBytes));
  const words = ['run', '--name', spec.name, '--pull', 'never', '--init'];
  words.push('--log-driver', 'none', '--label', LABEL);
  words.push('--network', 'none', '--hostname', 'sandbox');
  words.push('--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges');
  words.push('--user', `${spec.uid}:${spec.gid}`);
  words.push('--pids-limit', String(limits.processes * TASKS_PER_PROCESS));
  words.push('--memory', memory, '--memory-swap', memory);
  words.push('--ulimit', 'core=0', '--ulimit', `fsize=${Math.ceil(limits.workDirBytes)}`);
  words.push('--shm-size', '16m', '--tmpfs', '/tmp:rw,exec,nosuid,nodev,size=64m,mode=1777');
  words.push(...mount(run.workDir, INSIDE.work, false));
  if (run.hasGit) words.push(...mount(join(run.workDir, '.git'), `${INSIDE.work}/.git`, true));
  if (run.toolsDir !== undefined) words.push(...mount(run.toolsDir, INSIDE.tools, true));
  if (run.resultsDir !== undefined) words.push(...mount(run.resultsDir, INSIDE.results, false));
  for (const [name, value] of Object.entries(environment)) words.push('--env', `${name}=${value}`);
  words.push('--workdir', INSIDE.work, '--entrypoint', program, spec.image, ...args);
  return words;
}
