import { z } from 'zod';
import { MODEL_CALL_STATUSES } from '../../core/vocabulary.js';
import type { OpenedCall, RecordedCall } from '../../services/model-calls.js';
import { iso, time } from './time.js';

const tokens = z.number().int().nullable();
const hash = z.string().nullable();

const fields = {
  number: z.number().int().describe('Which try of the execution it is, from 1.'),
  question: z
    .number()
    .int()
    .describe('Which question of its step it belongs to; tries of one question share it.'),
  provider: z.string(),
  model: z.string(),
  outcome: z
    .enum(MODEL_CALL_STATUSES)
    .describe(
      '`reserved`: under way; `settled`: billed as counted; `released`: nothing was billed; `presumed`: billed at its ' +
        'ceiling, as nobody knows what it used.',
    ),
  error: z.string().nullable().describe('Why the try failed.'),
  replayed: z
    .boolean()
    .describe(
      'An earlier execution of the same step made it; this one took the reply over without paying again.',
    ),
  inputTokens: tokens,
  outputTokens: tokens,
  cachedTokens: tokens,
  cacheWriteTokens: tokens,
  costUsd: z.number().nullable(),
  startedAt: time,
  endedAt: time.nullable(),
  promptVersionId: z.number().int().nullable(),
  requestHash: hash,
  replyHash: hash,
  prunedAt: time.nullable().describe('Since when the messages and the reply are no longer kept.'),
};

/** One try of a model call. */
export const modelCallView = z.strictObject(fields).meta({ id: 'ModelCallView' });
export type ModelCallView = z.infer<typeof modelCallView>;

/** One try with the messages as they were sent and the reply. */
export const openedCallView = z
  .strictObject({
    ...fields,
    messages: z
      .array(
        z.strictObject({
          role: z.string(),
          content: z.union([z.string(), z.array(z.strictObject({ text: z.string(), cache: z.boolean() }))]),
        }),
      )
      .nullable(),
    reply: z.strictObject({ text: z.string(), stopReason: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'OpenedCallView' });
export type OpenedCallView = z.infer<typeof openedCallView>;

/** A try without what was said. */
export function presentModelCall({ number, replayed, call }: RecordedCall): ModelCallView {
  return {
    number,
    question: call.callNumber,
    provider: call.provider,
    model: call.model,
    outcome: call.status,
    error: call.errorMessage,
    replayed,
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    cachedTokens: call.cachedTokens,
    cacheWriteTokens: call.cacheWriteTokens,
    costUsd: call.costUsd,
    startedAt: iso(call.createdAt),
    endedAt: iso(call.settledAt),
    promptVersionId: call.promptVersionId,
    requestHash: call.requestHash,
    replyHash: call.replyHash,
    prunedAt: iso(call.bodiesPrunedAt),
  };
}

/** A try with what was said. */
export function presentOpenedCall(opened: OpenedCall): OpenedCallView {
  return { ...presentModelCall(opened), messages: opened.messages, reply: opened.reply };
}
