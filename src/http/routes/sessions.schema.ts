import { z } from 'zod';
import { SESSION_KINDS } from '../../core/vocabulary.js';
import { newSession, personText, SCOPES } from '../../services/sessions.js';
import { ALL_STATUSES } from '../presenters/session.js';
import { paging } from './common.schema.js';

export const newSessionBody = newSession;

export const sessionQuery = z.strictObject({
  scope: z.enum(SCOPES).default('mine').describe("`team` shows everybody's; it needs the role approver."),
  kind: z.enum(SESSION_KINDS).optional(),
  promptVersion: z.coerce
    .number()
    .int()
    .positive()
    .max(2_147_483_647)
    .optional()
    .describe('The id of a prompt version: only missions that were given it.'),
  status: z.enum(ALL_STATUSES).optional(),
  project: personText(255).optional().describe('The exact name of a project.'),
  parent: z.string().max(64).optional().describe('Only forks of this session.'),
  pinned: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  q: personText(200).optional().describe('Words looked for in missions and names.'),
  ...paging(20, 100),
});

export const sessionChanges = z
  .strictObject({
    name: personText(255)
      .transform((name) => name.trim())
      .nullable()
      .optional(),
    isPinned: z.boolean().optional(),
  })
  .refine(({ name, isPinned }) => name !== undefined || isPinned !== undefined, {
    message: 'names nothing to change: give name, isPinned or both',
  });
