import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { App } from '../app.js';
import { UnauthorizedError } from '../core/errors.js';
import { writePrivate } from './server-file.js';

const tokenPath = (dataDir: string): string => join(dataDir, 'cli-token');
const loginPath = (dataDir: string): string => join(dataDir, 'first-login.json');
const firstLogin = z.object({ email: z.string(), password: z.string() });

/** The one-time login of a database's first administrator. */
export type FirstLogin = z.infer<typeof firstLogin>;

/** The API token that commands of this machine use; undefined when there is none this user may read. */
export async function readCliToken(dataDir: string): Promise<string | undefined> {
  const text = await readFile(tokenPath(dataDir), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/**
 * Makes sure that `<dataDir>/cli-token` (mode 0600) holds a living token of the first administrator. Whoever can
 * read the data folder holds the database anyway.
 * @returns the token
 * @throws AppError `no_admin` when the database has no active administrator
 */
export async function ensureCliToken(app: App): Promise<string> {
  const { dataDir } = app.config;
  const known = await readCliToken(dataDir);
  if (known !== undefined && (await isLiving(app, known))) return known;
  const admin = await app.accounts.localAdmin();
  const { token } = await app.accounts.createToken(
    { userId: admin.id, role: admin.role },
    { name: 'commands on this machine' },
  );
  await writePrivate(tokenPath(dataDir), `${token}\n`);
  return token;
}

async function isLiving(app: App, token: string): Promise<boolean> {
  try {
    return (await app.accounts.authenticate(token)).role === 'admin';
  } catch (error) {
    if (error instanceof UnauthorizedError) return false;
    throw error;
  }
}

/**
 * Makes the first administrator if the database has none. A command that happens to be first has no good place
 * to show the login, so it is kept in a private file until `npm start` shows it.
 */
export async function ensureFirstAdmin(app: App): Promise<void> {
  const login = await app.accounts.bootstrap();
  if (login) await writePrivate(loginPath(app.config.dataDir), `${JSON.stringify(login)}\n`);
}

/** The first login, if nobody has been shown it yet, and forgets it. */
export async function takeFirstLogin(dataDir: string): Promise<FirstLogin | undefined> {
  const text = await readFile(loginPath(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  await rm(loginPath(dataDir), { force: true });
  return firstLogin.safeParse(JSON.parse(text)).data;
}
