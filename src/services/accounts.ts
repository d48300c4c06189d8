import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import {
  AppError,
  ConflictError,
  NotFoundError,
  UnauthorizedError,
  ValidationError,
} from '../core/errors.js';
import { sha256 } from '../core/hash.js';
import { isId, newId } from '../core/ids.js';
import { USER_ROLES } from '../core/vocabulary.js';
import type { ApiToken } from '../db/entities/api-token.js';
import type { User } from '../db/entities/user.js';
import { repositories } from '../db/repositories/index.js';
import { checked, personText, requireRole, type Caller } from './sessions.js';

/** The library's default algorithm, argon2id, with OWASP's second recommended setting: 19 MiB, 2 passes, 1 lane. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Failed logins of one account or address that are allowed in a window, before it has to wait. */
const LOGIN_TRIES = 10;
const LOGIN_WINDOW_MS = 15 * 60_000;

/** How long a login lasts, in days. */
export const LOGIN_DAYS = 30;

/** A password as people choose it. */
export const password = z
  .string()
  .min(12, 'must have at least 12 characters')
  .max(200, 'must have at most 200 characters');

export const newUser = z.strictObject({
  email: z.email('must be an e-mail address').max(320),
  name: personText(255),
  role: z.enum(USER_ROLES).default('submitter'),
  /** Left out: a one-time password is made, told once, and has to be changed. */
  password: password.optional(),
});

export const passwordChange = z.strictObject({ current: z.string().max(200), password });

export const newToken = z.strictObject({
  name: personText(255),
  expiresInDays: z.number().int().min(1).max(3650).optional(),
});

export const credentials = z.strictObject({ email: z.string().max(320), password: z.string().max(200) });

/** People and their API tokens. */
export class AccountService {
  /** Failed logins and wrong current passwords, by account and address. */
  private readonly failures = new Map<string, { count: number; until: number }>();
  /** Checked against when there is no such account, so that both answers take the same time. */
  private readonly nobody = hash(randomBytes(16), ARGON);

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Makes the first administrator, once per database.
   * @returns its one-time password, or null when there are users already
   */
  async bootstrap(): Promise<{ email: string; password: string } | null> {
    const secret = oneTimePassword();
    const passwordHash = await hashOf(secret);
    const email = 'admin@localhost';
    return this.dataSource.transaction(async (manager) => {
      // Several processes may start at once on an empty database: one of them makes the account.
      await manager.query('SELECT pg_advisory_xact_lock(7302412)');
      const { users, audit } = repositories(manager);
      if ((await users.count()) > 0) return null;
      const id = newId();
      await users.insert({
        id,
        email,
        name: 'Administrator',
        role: 'admin',
        passwordHash,
        mustChangePassword: true,
      });
      await audit.append([
        { eventType: 'user_created', userId: id, details: { email, role: 'admin', first: true } },
      ]);
      return { email, password: secret };
    });
  }

  /** The administrator that local commands act for: the oldest one that is active. */
  async localAdmin(): Promise<User> {
    const admin = (await repositories(this.dataSource.manager).users.list()).find(
      (user) => user.role === 'admin' && user.isActive,
    );
    if (!admin) throw new AppError('no_admin', 500, 'There is no active administrator in this database.');
    return admin;
  }

  /**
   * Makes a user. Without a password in the input it gets a one-time password, which it has to change.
   * @throws ConflictError `email_taken`
   */
  async createUser(caller: Caller, input: unknown): Promise<User> {
    return (await this.addUser(caller, input)).user;
  }

  /** As `createUser`, and tells the one-time password if one was made. @throws ConflictError `email_taken` */
  async addUser(caller: Caller, input: unknown): Promise<{ user: User; oneTimePassword: string | null }> {
    requireRole(caller, 'admin');
    const wish = checked(newUser, input);
    const id = newId();
    const made = wish.password === undefined ? oneTimePassword() : null;
    const passwordHash = await hashOf(wish.password ?? made ?? '');
    return this.dataSource.transaction(async (manager) => {
      const { users, audit } = repositories(manager);
      if (await users.findByEmail(wish.email))
        throw new ConflictError('email_taken', `There is a user with the address ${wish.email} already.`, {
          details: { field: 'email' },
        });
      await users.insert({
        id,
        email: wish.email,
        name: wish.name.trim(),
        role: wish.role,
        passwordHash,
        mustChangePassword: made !== null,
      });
      await audit.append([
        {
          eventType: 'user_created',
          userId: caller.userId,
          userAction: 'create user',
          details: { id, email: wish.email, role: wish.role },
          ipAddress: caller.ip ?? null,
        },
      ]);
      const user = await users.find(id);
      if (!user) throw new NotFoundError('user', id);
      return { user, oneTimePassword: made };
    });
  }

  async listUsers(caller: Caller): Promise<User[]> {
    requireRole(caller, 'admin');
    return repositories(this.dataSource.manager).users.list();
  }

  /**
   * Checks an e-mail address and password and opens an API token for the login.
   * @throws UnauthorizedError with the same words and timing for a wrong address and a wrong password
   * @throws AppError `too_many_logins` (429) after too many failures for the account or the address
   */
  async login(input: unknown, ip?: string): Promise<{ token: string; user: User }> {
    const { email, password: given } = checked(credentials, input);
    const keys = [`account:${email.toLowerCase()}`, `address:${ip ?? ''}`];
    this.checkThrottle(keys);
    const { users, audit } = repositories(this.dataSource.manager);
    const user = await users.findByEmailWithPassword(email);
    const right = await verify(user?.passwordHash ?? (await this.nobody), given).catch(() => false);
    if (!user?.passwordHash || !right || !user.isActive) {
      this.countFailure(keys);
      await audit.append([{ eventType: 'login_failed', details: { email }, ipAddress: ip ?? null }]);
      throw new UnauthorizedError('The e-mail address or the password is wrong.');
    }
    this.failures.delete(keys[0] ?? '');
    await users.update(user.id, { lastLoginAt: new Date() });
    await audit.append([{ eventType: 'login_succeeded', userId: user.id, ipAddress: ip ?? null }]);
    const { token } = await this.newToken(
      { userId: user.id, role: user.role, ip },
      { name: 'login', expiresInDays: LOGIN_DAYS },
      true,
    );
    return { token, user };
  }

  /** Ends a login by its token. One that is not valid any more is no error: the aim is reached. */
  async logout(token: string): Promise<void> {
    const found = await repositories(this.dataSource.manager).users.findByToken(sha256(token));
    if (found) await this.revokeToken({ userId: found.user.id, role: found.user.role }, found.token.id);
  }

  /** Makes an API token for the caller. The token itself is told once, here; only its hash is kept. */
  async createToken(caller: Caller, input: unknown): Promise<{ token: string; record: ApiToken }> {
    return this.newToken(caller, checked(newToken, input), false);
  }

  private async newToken(
    caller: Caller,
    wish: z.infer<typeof newToken>,
    isLogin: boolean,
  ): Promise<{ token: string; record: ApiToken }> {
    const token = `atl_${randomBytes(32).toString('base64url')}`;
    const id = newId();
    return this.dataSource.transaction(async (manager) => {
      const { users, audit } = repositories(manager);
      await users.insertToken({
        id,
        userId: caller.userId,
        name: wish.name.trim(),
        tokenHash: sha256(token),
        lastFour: token.slice(-4),
        isLogin,
        expiresAt:
          wish.expiresInDays === undefined ? null : new Date(Date.now() + wish.expiresInDays * 86_400_000),
      });
      await audit.append([
        {
          eventType: 'token_created',
          userId: caller.userId,
          userAction: 'create token',
          details: { id, name: wish.name },
          ipAddress: caller.ip ?? null,
        },
      ]);
      const record = (await users.listTokens(caller.userId)).find((known) => known.id === id);
      if (!record) throw new NotFoundError('token', id);
      return { token, record };
    });
  }

  /** The caller's tokens and logins, newest first; those that ended more than thirty days ago are left out. */
  async listTokens(caller: Caller): Promise<ApiToken[]> {
    return repositories(this.dataSource.manager).users.listTokens(caller.userId);
  }

  /** @throws NotFoundError when the caller has no such live token */
  async revokeToken(caller: Caller, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const { users, audit } = repositories(manager);
      if (!isId(id) || !(await users.revokeToken(id, caller.userId))) throw new NotFoundError('token', id);
      await audit.append([
        {
          eventType: 'token_revoked',
          userId: caller.userId,
          userAction: 'revoke token',
          details: { id },
          ipAddress: caller.ip ?? null,
        },
      ]);
    });
  }

  /**
   * Changes the caller's own password. Their other logins end; API tokens stay.
   * @param keep the token that is in use, which stays
   * @returns how many other logins ended
   * @throws ValidationError when the current password is wrong, or the new one is the same
   * @throws AppError `too_many_logins` (429) after too many wrong ones
   */
  async changePassword(caller: Caller, input: unknown, keep: string): Promise<{ endedLogins: number }> {
    const wish = checked(passwordChange, input);
    const keys = [`password:${caller.userId}`];
    this.checkThrottle(keys);
    const known = await repositories(this.dataSource.manager).users.passwordHash(caller.userId);
    if (known === null || !(await verify(known, wish.current).catch(() => false))) {
      this.countFailure(keys);
      throw new ValidationError('The current password is wrong.', [
        { field: 'current', message: 'is not your current password' },
      ]);
    }
    if (wish.password === wish.current)
      throw new ValidationError('The new password is the old one.', [
        { field: 'password', message: 'must be another one' },
      ]);
    this.failures.delete(keys[0] ?? '');
    const passwordHash = await hashOf(wish.password);
    return this.dataSource.transaction(async (manager) => {
      const { users, audit } = repositories(manager);
      await users.update(caller.userId, { passwordHash, mustChangePassword: false });
      const endedLogins = await users.revokeTokens(caller.userId, 'logins', sha256(keep));
      await audit.append([
        {
          eventType: 'password_changed',
          userId: caller.userId,
          userAction: 'change own password',
          details: { endedLogins },
          ipAddress: caller.ip ?? null,
        },
      ]);
      return { endedLogins };
    });
  }

  /**
   * The caller behind a bearer token.
   * @throws UnauthorizedError for a token that is unknown, expired or revoked, or whose user is inactive
   */
  async authenticate(token: string, ip?: string): Promise<Caller & { user: User; tokenId: string }> {
    const { users } = repositories(this.dataSource.manager);
    const found = await users.findByToken(sha256(token));
    if (!found) throw new UnauthorizedError('The API token is not valid: unknown, expired or revoked.');
    await users.touchToken(found.token.id);
    return { userId: found.user.id, role: found.user.role, ip, user: found.user, tokenId: found.token.id };
  }

  private checkThrottle(keys: readonly string[]): void {
    for (const key of keys) {
      const failed = this.failures.get(key);
      if (!failed || failed.until < Date.now() || failed.count < LOGIN_TRIES) continue;
      const seconds = Math.ceil((failed.until - Date.now()) / 1000);
      throw new AppError('too_many_logins', 429, `Too many failed logins. Try again in ${seconds} seconds.`, {
        details: { retryAfterSeconds: seconds },
        retryable: true,
      });
    }
  }

  private countFailure(keys: readonly string[]): void {
    if (this.failures.size > 10_000) this.failures.clear();
    for (const key of keys) {
      const failed = this.failures.get(key);
      if (failed && failed.until > Date.now()) failed.count += 1;
      else this.failures.set(key, { count: 1, until: Date.now() + LOGIN_WINDOW_MS });
    }
  }
}

/** A password for one use: 120 random bits, told to a person once. */
export function oneTimePassword(): string {
  return randomBytes(15).toString('base64url');
}

/** What is kept of a password. */
export function hashOf(secret: string): Promise<string> {
  return hash(secret, ARGON);
}
