import { z } from 'zod';
import { MESSAGE_MODES, MESSAGE_ROLES } from '../../core/vocabulary.js';
import type { Message } from '../../db/entities/message.js';
import { iso, time } from './time.js';

/** One turn of a session. */
export const messageView = z
  .strictObject({
    id: z.string(),
    turnNumber: z.number().int().describe('1, 2, 3, … in the session.'),
    role: z.enum(MESSAGE_ROLES),
    content: z.string(),
    mode: z.enum(MESSAGE_MODES),
    metadata: z.record(z.string(), z.unknown()),
    tokensUsed: z.number().int().nullable(),
    createdAt: time,
  })
  .meta({ id: 'MessageView' });
export type MessageView = z.infer<typeof messageView>;

/** The answer to a message that was taken; its own answer comes as an event and in the list. */
export const acceptedMessageView = z
  .strictObject({ messageId: z.string(), turnNumber: z.number().int() })
  .meta({ id: 'AcceptedMessageView' });
export type AcceptedMessageView = z.infer<typeof acceptedMessageView>;

/** One turn. */
export function presentMessage(message: Message): MessageView {
  return {
    id: message.id,
    turnNumber: message.turnNumber,
    role: message.role,
    content: message.content,
    mode: message.mode,
    metadata: message.metadata,
    tokensUsed: message.tokensUsed,
    createdAt: iso(message.createdAt),
  };
}
