import type { EntityManager } from 'typeorm';
import { ApiToken } from '../entities/api-token.js';
import { Project } from '../entities/project.js';
import { User } from '../entities/user.js';
import { newId } from '../../core/ids.js';
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

  async listTokens(userId: string): Promise<ApiToken[]> {
    return this.db.find(ApiToken, { where: { userId }, order: { createdAt: 'DESC' } });
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
