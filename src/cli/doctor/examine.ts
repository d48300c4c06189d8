import type { Config } from '../../core/config.js';
import { readCliToken } from '../local-access.js';
import { loggerFor } from '../logger-for.js';
import { findServer } from '../server-file.js';
import type { Check } from './check.js';
import { checkDatabase } from './database.js';
import { checkDataDir, checkKeys, checkNode, checkSandbox } from './machine.js';
import { checkServer } from './server.js';

/** Every check that can be made from here: of a server if one is known, else of what one would be started from. */
export async function examine(config: Config, signal: AbortSignal): Promise<Check[]> {
  const { remote } = config;
  if (remote.url !== undefined)
    return [checkNode(), ...(await checkServer(remote.url, remote.token, signal))];
  const logger = loggerFor(config);
  const running = await findServer(config);
  const machine = [checkNode(), ...(await checkDataDir(config))];
  const { selected, check: sandbox } = await checkSandbox(config, logger);
  // A running server has the embedded database for itself.
  const rest = running
    ? await checkServer(running.url, remote.token ?? (await readCliToken(config.dataDir)), signal)
    : await checkDatabase(config, selected, logger);
  return [...machine, ...rest, sandbox, checkKeys(config)];
}
