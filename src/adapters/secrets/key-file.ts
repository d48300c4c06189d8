import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../../core/config.js';
import { ConfigError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { formatRootKeys, newRootKey, parseRootKeys, type RootKey } from '../../core/root-keys.js';
import { SecretBox } from '../../core/secret-box.js';

/** The file with the root keys of an embedded installation, beside its database. */
export function keyFileOf(dataDir: string): string {
  return join(dataDir, 'secret-keys');
}

/**
 * The box for this process: keys from ATELIER_SECRET_KEYS; else, with the embedded database, from
 * `<dataDir>/secret-keys` (0600), made at the first start; else undefined, and no secret can be kept.
 * @throws ConfigError when the file holds no usable keys
 */
export async function openSecretBox(
  config: Pick<Config, 'secretKeys' | 'dataDir' | 'env'>,
  embedded: boolean,
  log: Logger,
): Promise<SecretBox | undefined> {
  if (config.secretKeys !== undefined) {
    const { keys, weak } = parseRootKeys(config.secretKeys);
    // Production has refused them already, when the configuration was read.
    for (const problem of weak) log.warn(`ATELIER_SECRET_KEYS: ${problem}`);
    return new SecretBox(keys);
  }
  if (!embedded) return undefined;
  const file = keyFileOf(config.dataDir);
  await createKeyFile(file, log);
  return new SecretBox(readKeyFile(file), () => readKeyFile(file));
}

/**
 * Puts a new root key in front of those in the file, so that it seals from now on and the old ones still open.
 * Running processes learn of it with the first value that names it.
 * @returns its kid
 * @throws ConfigError when there is no usable file
 */
export async function prependRootKey(dataDir: string): Promise<string> {
  const file = keyFileOf(dataDir);
  const key = newRootKey();
  await replace(file, [key, ...readKeyFile(file)]);
  return key.kid;
}

function readKeyFile(file: string): RootKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`The root keys in ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const { keys, broken, weak } = parseRootKeys(text);
  const problems = [...broken, ...weak];
  if (problems.length > 0)
    throw new ConfigError(
      `The root keys in ${file} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n` +
        'Bring the file back from a backup. Without it the stored keys are lost; remove it to start with a new one.',
      { details: { file, problems } },
    );
  return keys;
}

/** Makes the file if there is none. Linking into place is atomic: of two that try, one wins and both read it. */
async function createKeyFile(file: string, log: Logger): Promise<void> {
  const exists = await readFile(file).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(draft, `${formatRootKeys([newRootKey()])}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
    log.info({ file }, 'made the root key that stored keys are sealed under; back it up with the database');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(file: string, keys: readonly RootKey[]): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${formatRootKeys(keys)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}
