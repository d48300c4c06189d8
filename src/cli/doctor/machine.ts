import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROVIDERS } from '../../adapters/llm/providers.js';
import type { SelectedSandbox } from '../../adapters/sandbox/select.js';
import { chooseSandbox } from '../../app.js';
import type { Config } from '../../core/config.js';
import { AppError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { bytes } from '../text.js';
import { broken, note, ok, type Check } from './check.js';

/** The oldest Node.js that runs Atelier: package.json's `engines`. */
const OLDEST_NODE = [20, 19] as const;
/** Below it not even a database can be made; below ten times that it is worth a word. */
const LEAST_DISK = 200_000_000;

export function checkNode(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (fits) return ok('Node.js', version);
  return broken('Node.js', `${version} is too old`, `Install Node.js ${OLDEST_NODE.join('.')} or newer.`);
}

/** Whether the data folder can be written, and how much room is left where it stands. */
export async function checkDataDir({ dataDir }: Config): Promise<Check[]> {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    return [broken('Data folder', messageOf(error), 'Set ATELIER_DATA_DIR to a folder you may write.')];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const left = `${bytes(free)} free`;
  const more = 'Make room, or set ATELIER_DATA_DIR to a folder on a larger disk.';
  return [
    ok('Data folder', dataDir),
    free < LEAST_DISK
      ? broken('Disk', left, more)
      : free < LEAST_DISK * 10
        ? note('Disk', left, more)
        : ok('Disk', left),
  ];
}

/** Which sandbox would run generated code, and why not a better one. */
export async function checkSandbox(
  config: Config,
  logger: Logger,
): Promise<{ selected?: SelectedSandbox; check: Check }> {
  try {
    const selected = await chooseSandbox(config, logger);
    const { tried } = selected;
    const reasons = tried.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`${name}: ${problem}`],
    );
    const chosen = tried.at(-1)?.name ?? '';
    const words = selected.description.split('\n').at(-1) ?? chosen;
    if (chosen !== 'plain') return { selected, check: ok('Sandbox', words) };
    return { selected, check: note('Sandbox', words, reasons.join(' ')) };
  } catch (error) {
    const advice =
      error instanceof AppError ? 'Install bubblewrap or Docker, or set ATELIER_SANDBOX=auto.' : '';
    return { check: broken('Sandbox', messageOf(error), advice) };
  }
}

/** Which providers' keys or addresses are set: names, never values. */
export function checkKeys(config: Config): Check {
  const set = PROVIDERS.filter(
    (provider) => provider.envVariable !== undefined && provider.available(config),
  ).map(({ envVariable }) => envVariable);
  if (set.length > 0) return ok('Model keys', `${set.join(', ')} set`);
  return note(
    'Model keys',
    'none set',
    'Set ANTHROPIC_API_KEY or another provider’s key to leave the rehearsal.',
  );
}
