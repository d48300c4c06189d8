import { z } from 'zod';
import { newDraft } from '../../services/prompt-work/authoring.js';
import { newCanary } from '../../services/prompt-work/canaries.js';
import { newTryout } from '../../services/prompt-work/tryouts.js';

export const promptParams = z.strictObject({ promptId: z.string() });
export const promptPairParams = z.strictObject({ promptId: z.string(), otherId: z.string() });
export const promptProfileParams = z.strictObject({ profile: z.string().max(50) });
export const canaryParams = z.strictObject({ canaryId: z.string() });
export const tryoutParams = z.strictObject({ tryoutId: z.string() });

export const draftBody = newDraft;
export const canaryBody = newCanary;
export const tryoutBody = newTryout;

export const outcomesQuery = z.strictObject({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe('Only missions accepted in the last so many days.'),
});

/** What the caller saw as active: the change is refused when that is so no longer. */
export const expectationBody = z.strictObject({
  expectedActiveVersionId: z.number().int().positive().nullable(),
});
