import { z } from 'zod';

/** The one shape of every error answer: RFC 9457, with a stable `code` and what helps to mend the request. */
export const problemView = z
  .looseObject({
    type: z.string().describe('`urn:atelier:problem:` and the code.'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('A sentence for people: what is wrong and what helps.'),
    instance: z.string().describe('The path that was called.'),
    code: z.string().describe('Stable; write programs against this.'),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    requestId: z.string().describe('Also in `X-Request-Id` and in the log.'),
    problems: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .describe('Each field that is wrong.'),
  })
  .meta({ id: 'Problem' });
export type ProblemView = z.infer<typeof problemView>;
