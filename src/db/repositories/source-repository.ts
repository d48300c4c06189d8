import type { EntityManager } from 'typeorm';
import { Source } from '../entities/source.js';

/** Uploaded projects. */
export class SourceRepository {
  constructor(private readonly db: EntityManager) {}

  /** Adds one; its content is already in the artifact store. */
  async insert(source: Omit<Source, 'createdAt'>): Promise<void> {
    await this.db.insert(Source, source);
  }

  /** An uploaded project of this user's. */
  async findForUser(id: string, userId: string): Promise<Source | null> {
    return this.db.findOneBy(Source, { id, userId });
  }
}
