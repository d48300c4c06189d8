import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { NOTIFICATION_EVENTS, type NotificationEvent } from '../../core/vocabulary.js';
import { repositories } from '../../db/repositories/index.js';
import { checked, type Caller } from '../sessions.js';

export const preferenceChanges = z.strictObject({
  /** Whether mail is sent at all. */
  email: z.boolean().optional(),
  /** By event; what is left out stays. */
  events: z.partialRecord(z.enum(NOTIFICATION_EVENTS), z.boolean()).optional(),
});

/** What a person is told of by mail. */
export interface Preferences {
  email: boolean;
  events: Record<NotificationEvent, boolean>;
}

/** People's own wishes about mail. */
export class PreferenceService {
  constructor(private readonly dataSource: DataSource) {}

  async get(caller: Caller): Promise<Preferences> {
    const row = await repositories(this.dataSource.manager).outbox.preferences(caller.userId);
    const wanted = (event: NotificationEvent): boolean => row?.events[event] ?? true;
    return {
      email: row?.email ?? true,
      events: {
        approval_needed: wanted('approval_needed'),
        reminder: wanted('reminder'),
        failed: wanted('failed'),
        needs_attention: wanted('needs_attention'),
        budget_reached: wanted('budget_reached'),
      },
    };
  }

  async change(caller: Caller, input: z.input<typeof preferenceChanges>): Promise<Preferences> {
    const to = checked(preferenceChanges, input);
    const before = await this.get(caller);
    await repositories(this.dataSource.manager).outbox.setPreferences(caller.userId, {
      email: to.email ?? before.email,
      events: { ...before.events, ...to.events },
    });
    return this.get(caller);
  }
}
