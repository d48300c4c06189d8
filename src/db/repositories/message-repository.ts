import type { EntityManager } from 'typeorm';
import { NotFoundError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { MessageMode, MessageRole } from '../../core/vocabulary.js';
import { Message } from '../entities/message.js';

/** Every turn of every kind, never shortened. */
export class MessageRepository {
  constructor(private readonly db: EntityManager) {}

  /** Adds the next turn. The caller holds the session's row, so turn numbers have no gaps. */
  async append(message: {
    /** A new one when absent. */
    id?: string;
    sessionId: string;
    role: MessageRole;
    content: string;
    mode?: MessageMode;
    tokensUsed?: number;
    metadata?: Record<string, unknown>;
  }): Promise<{ id: string; turnNumber: number }> {
    const id = message.id ?? newId();
    const rows: { turn_number: number }[] = await this.db.query(
      `INSERT INTO messages (id, session_id, turn_number, role, content, mode, tokens_used, metadata)
       SELECT $1, $2::varchar, coalesce(max(turn_number), 0) + 1, $3, $4, $5, $6, $7 FROM messages WHERE session_id = $2::varchar
       RETURNING turn_number`,
      [
        id,
        message.sessionId,
        message.role,
        message.content,
        message.mode ?? 'text',
        message.tokensUsed ?? null,
        JSON.stringify(message.metadata ?? {}),
      ],
    );
    return { id, turnNumber: rows[0]?.turn_number ?? 0 };
  }

  /** The place of a message in its session. @throws NotFoundError when it is gone */
  async findTurn(id: string): Promise<{ id: string; turnNumber: number }> {
    const message = await this.db.findOneBy(Message, { id });
    if (!message) throw new NotFoundError('message', id);
    return { id, turnNumber: message.turnNumber };
  }

  /** Turns after `turnNumber`, oldest first. */
  async after(sessionId: string, turnNumber: number, limit: number): Promise<Message[]> {
    return this.db
      .createQueryBuilder(Message, 'm')
      .where('m.session_id = :sessionId AND m.turn_number > :turnNumber', { sessionId, turnNumber })
      .orderBy('m.turnNumber')
      .take(limit)
      .getMany();
  }

  /** The first turn of a person after `turnNumber` that no run has answered yet. */
  async nextUserTurn(sessionId: string, turnNumber: number): Promise<Message | null> {
    return this.db
      .createQueryBuilder(Message, 'm')
      .where(`m.session_id = :sessionId AND m.turn_number > :turnNumber AND m.role = 'user'`, {
        sessionId,
        turnNumber,
      })
      .orderBy('m.turnNumber')
      .limit(1)
      .getOne();
  }
}
