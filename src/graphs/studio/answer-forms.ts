import { z } from 'zod';
import { failuresAnswer, prdAnswer, specAnswer, testsAnswer } from './answers.js';

/** Forms of answers whose rest depends on the project at hand: a prompt's answer is held against these when tried. */
const codeForm = z.strictObject({
  summary: z.string(),
  files: z
    .array(
      z.strictObject({
        path: z.string(),
        content: z.string().optional(),
        edits: z.array(z.strictObject({ search: z.string(), replace: z.string() })).optional(),
        delete: z.literal(true).optional(),
      }),
    )
    .min(1),
});
const filesForm = z.strictObject({ files: z.array(z.string()) });
/** What each agent's answers look like by task, as far as that can be said without the mission. */
export const STUDIO_ANSWERS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  pm: { write_prd: prdAnswer },
  arch: { write_tech_spec: specAnswer(true), choose_files: filesForm },
  eng: { write_code: codeForm, choose_files: filesForm },
  qa: { write_tests: testsAnswer(), report_bugs: failuresAnswer },
};
