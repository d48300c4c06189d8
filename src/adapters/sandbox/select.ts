import { SandboxError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { BubblewrapSandbox } from './bubblewrap/bubblewrap.js';
import { DockerSandbox } from './docker/docker.js';
import { PlainSandbox } from './plain/plain.js';
import type { Sandbox } from './port.js';

export interface SelectSandboxOptions {
  driver: 'auto' | DriverName;
  /** For Docker. */
  image: string;
  /** Lets the plain driver run anything. */
  allowUnsandboxed: boolean;
  /** What the plain driver may run otherwise. */
  allowedHashes: ReadonlySet<string>;
  logger: Logger;
}

/** The list of drivers, safest first: `auto` takes the first one that proves itself. */
const DRIVERS = {
  bubblewrap: () => new BubblewrapSandbox(),
  docker: ({ image }: SelectSandboxOptions) => new DockerSandbox({ image }),
  plain: ({ allowedHashes, allowUnsandboxed }: SelectSandboxOptions) =>
    new PlainSandbox({ allowedHashes, allowAnything: allowUnsandboxed }),
} satisfies Record<string, (options: SelectSandboxOptions) => Sandbox>;
export type DriverName = keyof typeof DRIVERS;

/** One driver that was tried. */
export interface DriverTrial {
  name: string;
  ok: boolean;
  /** Why it cannot be used, and what would help. */
  problem?: string;
}

export interface SelectedSandbox {
  sandbox: Sandbox;
  tried: DriverTrial[];
  /** The choice and its reasons for a person, one line per driver tried. */
  description: string;
}

/**
 * Chooses a driver and lets it prove itself. With `auto` the first one that can is taken; the last, `plain`,
 * refuses every run but those of bundled recordings.
 * @throws SandboxError when the named driver, or with `auto` none, can be used; its message has every reason
 */
export async function selectSandbox(options: SelectSandboxOptions): Promise<SelectedSandbox> {
  const names = options.driver === 'auto' ? (Object.keys(DRIVERS) as DriverName[]) : [options.driver];
  const tried: DriverTrial[] = [];
  for (const name of names) {
    const sandbox: Sandbox = DRIVERS[name](options);
    try {
      await sandbox.probe();
    } catch (error) {
      tried.push({ name, ok: false, problem: messageOf(error) });
      options.logger.info({ driver: name, problem: messageOf(error) }, 'sandbox driver cannot be used');
      continue;
    }
    tried.push({ name, ok: true });
    return { sandbox, tried, description: describe(tried, options) };
  }
  throw new SandboxError(`There is no sandbox to run code in.\n${describe(tried, options)}`, {
    details: { tried },
  });
}

function describe(tried: DriverTrial[], options: SelectSandboxOptions): string {
  return tried
    .map(({ name, ok, problem }) => {
      if (!ok) return `${name}: cannot be used. ${problem}`;
      if (name !== 'plain') return `${name}: in use, and it held against a trial escape.`;
      return options.allowUnsandboxed
        ? 'plain: in use WITHOUT ANY ISOLATION (ATELIER_ALLOW_UNSANDBOXED); generated code can do all that you can.'
        : 'plain: in use without isolation, so it runs the bundled recordings and refuses all other code.';
    })
    .join('\n');
}
