import type { EntityManager } from 'typeorm';
import { ApiToken } from '../entities/api-token.js';
import { Project } from '../entities/project.js';
import { User } from '../entities/user.js';
import { newId } from '../../core/ids.js';
import type { UserRole } from '../../core/vocabulary.js';
import { columns, type ColumnValues } from './columns.js';

/** People, their API tokens and their projects. */
export class UserRepository {
  constructor(private readonly db: EntityManager) {}

  async count(): Promise<number> {
    return this.db.count(User);
  }

  async insert(user: ColumnValues<User>): Promise<void> {
    await this.db.insert(User, columns(user));
  }

  async find(id: string): Promise<User | null> {
    return this.db.findOneBy(User, { id });
  }

  async list(): Promise<User[]> {
    return this.db.find(User, { order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** People in the order in which they came, after `afterId`. */
  async page(filter: {
    text?: string;
    role?: UserRole;
    isActive?: boolean;
    afterId?: string;
    limit: number;
  }): Promise<User[]> {
    const query = this.db.createQueryBuilder(User, 'u').orderBy({ 'u.id': 'ASC' }).take(filter.limit);
    if (filter.text !== undefined)
      query.andWhere(`(u.email ILIKE :text OR u.name ILIKE :text)`, { text: `%${escapeLike(filter.text)}%` });
    if (filter.role !== undefined) query.andWhere('u.role = :role', { role: filter.role });
    if (filter.isActive !== undefined) query.andWhere('u.is_active = :active', { active: filter.isActive });
    if (filter.afterId !== undefined) query.andWhere('u.id > :afterId', { afterId: filter.afterId });
    return query.getMany();
  }

  /** A person, the row locked until the transaction ends. */
  async lock(id: string): Promise<User | null> {
    return this.db
      .createQueryBuilder(User, 'u')
      .setLock('pessimistic_write')
      .where('u.id = :id', { id })
      .getOne();
  }

  /** The active administrators, their rows locked in one order, so that two of them cannot remove each other. */
  async lockActiveAdmins(): Promise<string[]> {
    const admins = await this.db
      .createQueryBuilder(User, 'u')
      .setLock('pessimistic_write')
      .where(`u.role = 'admin' AND u.is_active`)
      .orderBy('u.id')
      .getMany();
    return admins.map(({ id }) => id);
  }

  /** The user's password's hash; null when there is none. */
  async passwordHash(id: string): Promise<string | null> {
    const user = await this.db
      .createQueryBuilder(User, 'u')
      .addSelect('u.passwordHash')
      .where('u.id = :id', { id })
      .getOne();
    return user?.passwordHash ?? null;
  }

  async findByEmail(email: string): Promise<User | null> {
    return this.db.createQueryBuilder(User, 'u').where('lower(u.email) = lower(:email)', { email }).getOne();
  }

  /** The user with the password's hash, which no other query selects. */
  async findByEmailWithPassword(email: string): Promise<User | null> {
    return this.db
      .createQueryBuilder(User, 'u')
      .addSelect('u.passwordHash')
      .where('lower(u.email) = lower(:email)', { email })
      .getOne();
  }

  async update(id: string, to: ColumnValues<User>): Promise<void> {
    await this.db.update(User, { id }, columns<User>(to));
  }

  async insertToken(token: ColumnValues<ApiToken>): Promise<void> {
    await this.db.insert(ApiToken, columns(token));
  }

  /** The token that is valid now and its active user. */
  async findByToken(tokenHash: string): Promise<{ user: User; token: ApiToken } | null> {
    const token = await this.db
      .createQueryBuilder(ApiToken, 't')
      .where(
        `t.token_hash = :tokenHash AND t.revoked_at IS NULL
         AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())`,
        { tokenHash },
      )
      .getOne();
    if (!token) return null;
    const user = await this.db.findOneBy(User, { id: token.userId, isActive: true });
    return user ? { user, token } : null;
  }

  /** Notes a token's use, at most once a minute. */
  async touchToken(id: string): Promise<void> {
    await this.db.query(
      `UPDATE api_tokens SET last_used_at = clock_timestamp()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
      [id],
    );
  }

  /** The user's tokens, newest first: the live ones, and those that ended in the last thirty days. */
  async listTokens(userId: string): Promise<ApiToken[]> {
    return this.db
      .createQueryBuilder(ApiToken, 't')
      .where(
        `t.user_id = :userId
         AND coalesce(least(t.revoked_at, t.expires_at), 'infinity') > clock_timestamp() - interval '30 days'`,
        { userId },
      )
      .orderBy({ 't.createdAt': 'DESC', 't.id': 'DESC' })
      .getMany();
  }

  /**
   * Ends tokens of a user.
   * @param which `logins`: those made by signing in; `all`: API tokens too
   * @param exceptHash a token that stays, by its hash
   * @returns how many were live
   */
  async revokeTokens(userId: string, which: 'logins' | 'all', exceptHash?: string): Promise<number> {
    const result = await this.db
      .createQueryBuilder()
      .update(ApiToken)
      .set({ revokedAt: () => 'clock_timestamp()' })
      .where(
        `user_id = :userId AND revoked_at IS NULL AND (is_login OR :all) AND token_hash <> :exceptHash`,
        { userId, all: which === 'all', exceptHash: exceptHash ?? '' },
      )
      .execute();
    return result.affected ?? 0;
  }

  /** @returns whether such a token of this user was there and live */
  async revokeToken(id: string, userId: string): Promise<boolean> {
    const result = await this.db
      .createQueryBuilder()
      .update(ApiToken)
      .set({ revokedAt: () => 'clock_timestamp()' })
      .where('id = :id AND user_id = :userId AND revoked_at IS NULL', { id, userId })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  /** The user's project of this name, made if it is new. */
  async ensureProject(userId: string, name: string): Promise<Project> {
    await this.db
      .createQueryBuilder()
      .insert()
      .into(Project)
      .values({ id: newId(), userId, name })
      .orIgnore()
      .execute();
    return this.db.findOneByOrFail(Project, { userId, name });
  }
}

/** A text that LIKE takes as it stands. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
