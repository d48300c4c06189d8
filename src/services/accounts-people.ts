import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ConflictError, NotFoundError, ValidationError } from '../core/errors.js';
import { isId } from '../core/ids.js';
import { USER_ROLES, type UserRole } from '../core/vocabulary.js';
import type { User } from '../db/entities/user.js';
import { repositories } from '../db/repositories/index.js';
import { hashOf, oneTimePassword } from './accounts.js';
import { checked, personText, requireRole, type Caller } from './sessions.js';

/** What an administrator may change of a person. Fields left out stay as they are. */
export const userUpdate = z.strictObject({
  name: personText(255).optional(),
  role: z.enum(USER_ROLES).optional(),
  isActive: z.boolean().optional(),
});
export type UserUpdate = z.input<typeof userUpdate>;

/** Which people a list shows. */
export interface PeopleFilter {
  text?: string;
  role?: UserRole;
  isActive?: boolean;
  afterId?: string;
  limit: number;
}

/** What administrators do with people's accounts. */
export class PeopleService {
  constructor(private readonly dataSource: DataSource) {}

  /** A page of people, in the order in which they came. */
  async page(caller: Caller, filter: PeopleFilter): Promise<User[]> {
    requireRole(caller, 'admin');
    return repositories(this.dataSource.manager).users.page(filter);
  }

  /**
   * Changes a person's name or role, or lets them in or out. Whoever is let out loses their logins and API tokens at
   * once, and for good: being let in again does not bring them back.
   * @throws NotFoundError when there is no such user
   * @throws ConflictError `last_admin` when nobody active would be an administrator any more
   */
  async update(caller: Caller, id: string, input: UserUpdate): Promise<User> {
    requireRole(caller, 'admin');
    const wish = checked(userUpdate, input);
    if (Object.values(wish).every((value) => value === undefined))
      throw new ValidationError('Nothing to change.', [
        { field: '', message: `give at least one of: ${Object.keys(userUpdate.shape).join(', ')}` },
      ]);
    return this.dataSource.transaction(async (manager) => {
      const { users } = repositories(manager);
      const admins = await users.lockActiveAdmins();
      const before = await lockUser(manager, id);
      const isAdminAfter = (wish.role ?? before.role) === 'admin' && (wish.isActive ?? before.isActive);
      if (!isAdminAfter && admins.length === 1 && admins[0] === id)
        throw new ConflictError(
          'last_admin',
          `${before.name} is the last active administrator. Make somebody else an administrator first.`,
          { details: { userId: id } },
        );
      const name = wish.name?.trim();
      await users.update(id, { ...wish, ...(name !== undefined && { name }) });
      const endedTokens = wish.isActive === false ? await users.revokeTokens(id, 'all') : 0;
      await this.audit(manager, caller, 'user_updated', 'update user', {
        id,
        email: before.email,
        from: { name: before.name, role: before.role, isActive: before.isActive },
        to: wish,
        ...(endedTokens > 0 && { endedTokens }),
      });
      return (await users.find(id)) ?? before;
    });
  }

  /**
   * Gives a person a new one-time password, which they have to change. Their logins end; API tokens stay.
   * @returns the password, told here and never again
   * @throws NotFoundError when there is no such user
   */
  async resetPassword(caller: Caller, id: string): Promise<{ user: User; oneTimePassword: string }> {
    requireRole(caller, 'admin');
    const secret = oneTimePassword();
    const passwordHash = await hashOf(secret);
    return this.dataSource.transaction(async (manager) => {
      const { users } = repositories(manager);
      const before = await lockUser(manager, id);
      await users.update(id, { passwordHash, mustChangePassword: true });
      const endedLogins = await users.revokeTokens(id, 'logins');
      await this.audit(manager, caller, 'password_changed', 'reset password', {
        id,
        email: before.email,
        endedLogins,
      });
      return { user: (await users.find(id)) ?? before, oneTimePassword: secret };
    });
  }

  private async audit(
    manager: EntityManager,
    caller: Caller,
    eventType: 'user_updated' | 'password_changed',
    userAction: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    await repositories(manager).audit.append([
      { eventType, userId: caller.userId, userAction, details, ipAddress: caller.ip ?? null },
    ]);
  }
}

async function lockUser(manager: EntityManager, id: string): Promise<User> {
  const user = isId(id) ? await repositories(manager).users.lock(id) : null;
  if (!user) throw new NotFoundError('user', id);
  return user;
}
