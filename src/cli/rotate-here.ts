import { openSecretBox, prependRootKey } from '../adapters/secrets/key-file.js';
import type { App } from '../app.js';
import { KeyService, type RotationReport } from '../services/keys.js';

/**
 * Rotates the secrets of the database that this process has opened, as its first administrator. Where the root keys
 * are in a file of the data folder, a new one is made first, unless an earlier rotation has to be finished.
 * @throws ConflictError when there are no root keys, or while another process rotates
 */
export async function rotateHere(
  app: App,
  options: { newKey: boolean; signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<RotationReport> {
  const { config, embedded, log } = app;
  const admin = await app.accounts.localAdmin();
  let { keys } = app;
  if (
    embedded &&
    config.secretKeys === undefined &&
    (options.newKey || (await keys.standing()).stale === 0)
  ) {
    await prependRootKey(config.dataDir);
    keys = new KeyService(app.dataSource, await openSecretBox(config, embedded, log), log);
  }
  return keys.rotateKeys({ userId: admin.id, role: admin.role }, options);
}
