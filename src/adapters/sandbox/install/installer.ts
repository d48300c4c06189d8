import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../collect.js';
import { SOCKET_INSIDE, type Installed, type Installer, type Sandbox, type SandboxLimits } from '../port.js';
import { startRegistryProxy } from './registry-proxy.js';

const TOOLS = fileURLToPath(new URL('./assets', import.meta.url));
const CACHE = '.atelier-npm-cache';
const MANIFEST_BYTES = 4 * 1024 ** 2;
const MAX_TOLD = 5;

/** Where an install is stopped. */
export const INSTALL_LIMITS = {
  wallMs: 120_000,
  /** On disk, the package manager's cache included: archives are there packed and unpacked. */
  workDirBytes: 384 * 1024 ** 2,
  /** What the registry may send. */
  downloadBytes: 192 * 1024 ** 2,
};

/**
 * Installs a project's npm dependencies, as a phase of its own before its tests. The package manager runs in the
 * sandbox, where there is no network but a socket to a proxy of ours, which reads packages from the registries and
 * does nothing else. Scripts of packages are not run. A lock file is honoured.
 */
export class DependencyInstaller implements Installer {
  /**
   * @param registries base addresses of npm registries
   * @param limits overrides `INSTALL_LIMITS`, one by one
   */
  constructor(
    private readonly sandbox: Sandbox,
    private readonly registries: readonly string[],
    private readonly limits: Partial<typeof INSTALL_LIMITS> = {},
  ) {}

  /**
   * Installs into `workDir/node_modules` what `package.json` there asks for.
   * @throws SandboxError when the sandbox could not be set up
   */
  async install(workDir: string, signal: AbortSignal): Promise<Installed> {
    if (!(await hasDependencies(workDir))) return { ran: false, output: '' };
    if (this.sandbox.reachesSockets !== true)
      return {
        ran: false,
        problem:
          `Dependencies cannot be installed in the sandbox "${this.sandbox.name}": only bubblewrap can let a ` +
          'package manager reach the registry and nothing else. Use what Node.js has built in, or install bubblewrap ' +
          '(apt install bubblewrap).',
        output: '',
      };
    const limits = { ...INSTALL_LIMITS, ...this.limits };
    const room = await mkdtemp(join(tmpdir(), 'atelier-registry-'));
    const socket = join(room, 'registry.sock');
    const proxy = await startRegistryProxy({
      registries: this.registries,
      socketPath: socket,
      maxBytes: limits.downloadBytes,
    });
    try {
      const locked = await readRegularFile(join(workDir, 'package-lock.json'), 64 * 1024 ** 2);
      const result = await this.sandbox.run({
        workDir,
        toolsDir: TOOLS,
        socket,
        command: ({ work, tools }) => [
          ...[
            'node',
            `${tools}/install.mjs`,
            SOCKET_INSIDE,
            'npm',
            typeof locked === 'string' ? 'install' : 'ci',
          ],
          ...['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress'],
          // Of an archive's address in a lock file only the path counts: it is asked of our registries.
          ...['--replace-registry-host=always', '--fetch-retries=0', `--cache=${work}/${CACHE}`],
        ],
        limits: limitsOf(limits),
        signal,
      });
      if (result.stoppedBy === null && result.exitCode === 0) return { ran: true, output: result.output };
      const why =
        result.stoppedBy === null
          ? `npm ended with exit code ${result.exitCode}`
          : `limit "${result.stoppedBy}"`;
      const told = proxy.refused.slice(0, MAX_TOLD).map((line) => `\n- refused: ${line}`);
      return {
        ran: true,
        problem: `The dependencies could not be installed: ${why}.${told.join('')}`,
        output: result.output,
      };
    } finally {
      await proxy.close();
      await rm(room, { recursive: true, force: true });
      await rm(join(workDir, CACHE), { recursive: true, force: true });
    }
  }
}

function limitsOf({ wallMs, workDirBytes }: typeof INSTALL_LIMITS): Partial<SandboxLimits> {
  return { wallMs, workDirBytes };
}

/** Whether a package.json asks for anything; what cannot be read asks for nothing, and its tests will say so. */
async function hasDependencies(workDir: string): Promise<boolean> {
  const file = await readRegularFile(join(workDir, 'package.json'), MANIFEST_BYTES);
  if (typeof file === 'string') return false;
  try {
    const manifest = JSON.parse(file.content.toString('utf8')) as Record<string, unknown> | null;
    return ['dependencies', 'devDependencies', 'optionalDependencies'].some((field) => {
      const asked = manifest?.[field];
      return typeof asked === 'object' && asked !== null && Object.keys(asked).length > 0;
    });
  } catch {
    return false;
  }
}
