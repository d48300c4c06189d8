import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Session } from '../entities/session.js';

/** Which sessions a list shows. `userId` is not optional by accident: who wants everybody's says null. */
export interface SessionFilter {
  userId: string | null;
  kind?: string;
  /** Only missions that were given this prompt version. */
  promptVersionId?: number;
  status?: string;
  projectName?: string;
  /** Words looked for in the mission and the name. */
  text?: string;
  /** Only forks of this session. */
  parentSessionId?: string;
  isPinned?: boolean;
  /** Keyset position: show what comes after this session in the list. */
  after?: string;
  limit: number;
}

/** The sessions that a filter lets through, newest first. */
export function listing(db: EntityManager, filter: SessionFilter): SelectQueryBuilder<Session> {
  const query = db
    .createQueryBuilder(Session, 's')
    .where('s.deleted_at IS NULL')
    .orderBy('s.createdAt', 'DESC')
    .addOrderBy('s.sessionId', 'DESC')
    .take(filter.limit);
  if (filter.userId !== null) query.andWhere('s.user_id = :userId', { userId: filter.userId });
  if (filter.kind !== undefined) query.andWhere('s.kind = :kind', { kind: filter.kind });
  if (filter.promptVersionId !== undefined)
    query.andWhere(
      's.session_id IN (SELECT session_id FROM session_prompts WHERE version_id = :promptVersion)',
      { promptVersion: filter.promptVersionId },
    );
  if (filter.status !== undefined) query.andWhere('s.status = :status', { status: filter.status });
  if (filter.projectName !== undefined)
    query.andWhere('s.project_name = :project', { project: filter.projectName });
  if (filter.parentSessionId !== undefined)
    query.andWhere('s.parent_session_id = :parent', { parent: filter.parentSessionId });
  // Written as the partial index has it.
  if (filter.isPinned !== undefined) query.andWhere(filter.isPinned ? 's.is_pinned' : 'NOT s.is_pinned');
  if (filter.text !== undefined)
    // Written as the index has it: the name, and the mission's beginning.
    query.andWhere(`(coalesce(s.name, '') || ' ' || left(s.user_mission, 4000)) ILIKE :text`, {
      text: `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`,
    });
  if (filter.after !== undefined)
    query.andWhere(
      '(s.created_at, s.session_id) < (SELECT created_at, session_id FROM sessions WHERE session_id = :after)',
      { after: filter.after },
    );
  return query;
}
