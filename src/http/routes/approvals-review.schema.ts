import { z } from 'zod';
import { APPROVAL_STATUSES, SESSION_KINDS } from '../../core/vocabulary.js';
import { personText, SCOPES } from '../../services/sessions.js';
import { paging } from './common.schema.js';

export {
  commentChanges as commentChangesBody,
  newComment as newCommentBody,
} from '../../services/approval-comments.js';
export { policyInput as policyBody } from '../../services/policies.js';

export const inboxQuery = z.strictObject({
  scope: z
    .enum(SCOPES)
    .default('mine')
    .describe("`team` shows the gates of everybody's sessions; it needs the role approver."),
  status: z.enum(APPROVAL_STATUSES).default('pending'),
  gate: z.string().max(50).optional(),
  kind: z.enum(SESSION_KINDS).optional(),
  q: personText(200).optional().describe('Words looked for in missions and names.'),
  ...paging(20, 100),
});

export const claimBody = z
  .strictObject({ force: z.boolean().default(false).describe('Take it over from somebody.') })
  .optional();

export const commentParams = z.strictObject({ commentId: z.string() });
export const policyParams = z.strictObject({ kind: z.string(), gate: z.string() });
