import type { EntityManager } from 'typeorm';
import type { NotificationEvent, UserRole } from '../../core/vocabulary.js';
import { NotificationPreference } from '../entities/notification-preference.js';
import { OutboxEntry } from '../entities/outbox-entry.js';

/** Something people are to be told of, as the transaction that caused it wrote it down. */
export interface Notice {
  event: NotificationEvent;
  /** Small facts: ids, statuses, messages. */
  facts: Record<string, unknown>;
}

/** A mail that is to be tried now. */
export interface DueMail {
  id: number;
  attempts: number;
  payload: { to: string; subject: string; text: string; messageKey: string };
}

/** Somebody who may be told, and what they want to be told of. */
export interface Recipient {
  id: string;
  email: string;
  role: UserRole;
  wantsEmail: boolean;
  events: Partial<Record<NotificationEvent, boolean>>;
}

/** What is to be sent, written with its cause and sent after. Topics: `notice` becomes mails (`mail`) and deliveries. */
export class OutboxRepository {
  constructor(private readonly db: EntityManager) {}

  /** Locks notices that nobody has spread yet, skipping those another process is at. */
  async takeNotices(limit: number): Promise<OutboxEntry[]> {
    return this.db
      .createQueryBuilder(OutboxEntry, 'o')
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .where(`o.topic = 'notice' AND o.sent_at IS NULL AND o.failed_at IS NULL`)
      .orderBy('o.id')
      .take(limit)
      .getMany();
  }

  /** A mail to one person, made from a notice. */
  async addMail(sessionId: string | null, sourceId: number, mail: DueMail['payload']): Promise<void> {
    await this.db.query(
      `INSERT INTO outbox (topic, session_id, source_id, payload) VALUES ('mail', $1, $2, $3)`,
      [sessionId, sourceId, JSON.stringify(mail)],
    );
  }

  /** Takes mails whose time has come, and counts the attempt; see `WebhookRepository.takeDue`. */
  async takeDueMails(limit: number, leaseSeconds: number): Promise<DueMail[]> {
    const [rows]: [DueMail[], number] = await this.db.query(
      `UPDATE outbox SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
        WHERE id IN (
          SELECT id FROM outbox
           WHERE topic = 'mail' AND sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= clock_timestamp()
           ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING id, attempts, payload`,
      [limit, leaseSeconds],
    );
    return rows;
  }

  async markSent(id: number): Promise<void> {
    await this.db.query(`UPDATE outbox SET sent_at = clock_timestamp(), error = NULL WHERE id = $1`, [id]);
  }

  /** Notes a failed attempt. @param retryInSeconds null: it is given up */
  async markFailed(id: number, error: string, retryInSeconds: number | null): Promise<void> {
    await this.db.query(
      `UPDATE outbox
          SET error = $2, failed_at = CASE WHEN $3::float8 IS NULL THEN clock_timestamp() END,
              next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($3, 0))
        WHERE id = $1 AND sent_at IS NULL`,
      [id, error, retryInSeconds],
    );
  }

  /** Mails, newest first, older than `before`. */
  async mails(limit: number, before?: number): Promise<OutboxEntry[]> {
    const query = this.db
      .createQueryBuilder(OutboxEntry, 'o')
      .where(`o.topic = 'mail'`)
      .orderBy('o.id', 'DESC')
      .take(limit);
    if (before !== undefined) query.andWhere('o.id < :before', { before });
    return query.getMany();
  }

  /** Active people with what they want to be told of. */
  async recipients(): Promise<Recipient[]> {
    return this.db.query(
      `SELECT u.id, u.email, u.role, coalesce(p.email, true) AS "wantsEmail", coalesce(p.events, '{}'::jsonb) AS events
         FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id
        WHERE u.is_active ORDER BY u.id`,
    );
  }

  async preferences(userId: string): Promise<NotificationPreference | null> {
    return this.db.findOneBy(NotificationPreference, { userId });
  }

  async setPreferences(
    userId: string,
    to: { email: boolean; events: Partial<Record<NotificationEvent, boolean>> },
  ): Promise<void> {
    await this.db.query(
      `INSERT INTO notification_preferences (user_id, email, events) VALUES ($1, $2, $3)
       ON CONFLICT (user_id) DO UPDATE SET email = EXCLUDED.email, events = EXCLUDED.events`,
      [userId, to.email, JSON.stringify(to.events)],
    );
  }
}
