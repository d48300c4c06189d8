import { z } from 'zod';
import { PathSet } from '../../core/path-set.js';
import { checkFilePath, checkFileSet } from '../../core/safe-path.js';
import { applyChanges, type Workspace } from './edits.js';
import { ValidationError } from '../../core/errors.js';
import { isTestFile } from './files.js';

/** One requirement of a PRD, as `### R1 Title` with `- AC1.1 …` below it. */
export interface Requirement {
  id: string;
  title: string;
  criteria: { id: string; text: string }[];
}

/** Reads the numbered requirements out of a PRD. Never throws: what is missing is simply not there. */
export function requirementsOf(prd: string): Requirement[] {
  const found: Requirement[] = [];
  for (const line of prd.split('\n')) {
    const heading = /^###\s+(R\d+)[.:]?\s+(.+)$/.exec(line);
    if (heading) found.push({ id: heading[1] ?? '', title: (heading[2] ?? '').trim(), criteria: [] });
    const criterion = /^\s*[-*]\s+(?:\*\*)?(AC\d+\.\d+)(?:\*\*)?[.:]?\s+(.+)$/.exec(line);
    if (criterion) found.at(-1)?.criteria.push({ id: criterion[1] ?? '', text: (criterion[2] ?? '').trim() });
  }
  return found;
}

const noNul = (text: string) => !text.includes('\u0000');
const document = (max: number) =>
  z.string().min(40, 'is too short to be the document').max(max).refine(noNul, 'contains a NUL character');

/** The PM's answer: a PRD whose requirements and criteria can be counted and traced. */
export const prdAnswer = z
  .strictObject({ title: z.string().min(1).max(200), prd: document(200_000) })
  .superRefine(({ prd }, context) => {
    const requirements = requirementsOf(prd);
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['prd'], message });
    if (!/^#\s+\S/m.test(prd)) refuse('has no "# Title" line');
    if (requirements.length === 0) refuse('has no requirements: write each as a heading "### R1 Title"');
    requirements.forEach((requirement, index) => {
      if (requirement.id !== `R${index + 1}`)
        refuse(
          `requirements must be numbered R1, R2, … without gaps; found ${requirement.id} in place ${index + 1}`,
        );
      if (requirement.criteria.length === 0)
        refuse(`${requirement.id} has no acceptance criteria: list them as "- AC${index + 1}.1 …"`);
      requirement.criteria.forEach(({ id }, at) => {
        if (id !== `AC${index + 1}.${at + 1}`)
          refuse(
            `the criteria of R${index + 1} must be numbered AC${index + 1}.1, AC${index + 1}.2, …; found ${id}`,
          );
      });
    });
  });

/** The Architect's answer: the spec, and a shell script that lays out the project; existing ones may need none. */
export const specAnswer = (existing: boolean) =>
  z.strictObject({
    techSpec: document(200_000).refine((text) => /^#\s+\S/m.test(text), 'has no "# Title" line'),
    scaffold: z
      .string()
      .min(existing ? 0 : 1)
      .max(100_000)
      .refine(noNul, 'contains a NUL character'),
  });

const text = z
  .string()
  .max(1_000_000, 'is larger than 1 MB')
  .refine(noNul, 'is binary: only text files can be written')
  .refine((content) => content.isWellFormed(), 'is not well-formed Unicode');

const file = z.strictObject({ path: z.string(), content: text });

/** Files as a model hands them in: at least one, each at a safe path, no two in each other's way. */
const fileList = z
  .array(file)
  .min(1, 'is empty: at least one file is needed')
  .max(400, 'has more than 400 files')
  .superRefine((files, context) => {
    files.forEach(({ path }, index) =>
      refused(
        () => checkFilePath(path),
        (message) => context.addIssue({ code: 'custom', path: [index, 'path'], message }),
      ),
    );
    refused(
      () => checkFileSet(files.map(({ path }) => path)),
      (message) => context.addIssue({ code: 'custom', message }),
    );
  });

function refused(check: () => unknown, report: (message: string) => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    report(error.problems.map(({ message }) => message).join('; ') || error.message);
  }
}

/** What the Engineer says of one file: its whole content, exact edits, or that it goes. */
const change = z.strictObject({
  path: z.string(),
  content: text.optional(),
  edits: z
    .array(z.strictObject({ search: text, replace: text }))
    .max(200, 'has more than 200 edits')
    .optional(),
  delete: z.literal(true).optional(),
});

/** The Engineer's answer, which must come out when it is applied to the project as the Engineer was shown it. */
export const codeAnswer = (workspace: Workspace) =>
  z
    .strictObject({
      summary: z.string().max(4000),
      files: z
        .array(change)
        .min(1, 'is empty: at least one file is needed')
        .max(400, 'has more than 400 files'),
    })
    .superRefine(({ files }, context) => {
      const outcome = applyChanges(files, workspace);
      if ('problems' in outcome)
        for (const { at, message } of outcome.problems)
          context.addIssue({ code: 'custom', path: ['files', ...at], message });
    });

/** Which files an agent wants to read before it works, by the map. `costs` are the tokens of each readable file. */
export const filesAnswer = (costs: ReadonlyMap<string, number>, tokens: number) =>
  z
    .strictObject({ files: z.array(z.string()).max(200, 'names more than 200 files') })
    .superRefine(({ files }, context) => {
      files.forEach((path, index) => {
        if (!costs.has(path))
          context.addIssue({
            code: 'custom',
            path: ['files', index],
            message: `${JSON.stringify(path.slice(0, 200))} is no text file of the map: use the paths as they stand there`,
          });
      });
      const total = [...new Set(files)].reduce((sum, path) => sum + (costs.get(path) ?? 0), 0);
      if (total > tokens)
        context.addIssue({
          code: 'custom',
          path: ['files'],
          message: `come to ${total} tokens, and at most ${tokens} can be read: choose fewer or smaller files`,
        });
    });

/**
 * QA's tests. `code` are the project's own files, which tests must leave alone; its own tests may be replaced.
 * Nothing may stand in the way of the files at `others`, nor they in its.
 */
export const testsAnswer = (code: ReadonlySet<string> = new Set(), others: readonly string[] = []) =>
  z.strictObject({ files: fileList }).superRefine(({ files }, context) => {
    const there = new PathSet(others);
    files.forEach(({ path }, index) => {
      const other = there.clash(path);
      if (other !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['files', index, 'path'],
          message: `"${path}" cannot stand beside "${other}" of the project: choose another path`,
        });
      if (code.has(path))
        context.addIssue({
          code: 'custom',
          path: ['files', index, 'path'],
          message: `"${path}" is code of the project: QA adds tests and changes nothing else`,
        });
    });
    if (!files.some(({ path }) => isTestFile(path)))
      context.addIssue({
        code: 'custom',
        path: ['files'],
        message:
          'has no test file: tests stand in "test/" and end in .test.js (or the form the tech spec names)',
      });
  });

/**
 * QA's new version of tests that were found wrong: the named files, whole, and nothing else.
 * @param names the tests that each file must still declare, by its path
 * @param declaredIn the names that a file declares
 */
export const rewriteAnswer = (
  names: ReadonlyMap<string, readonly string[]>,
  declaredIn: (file: { path: string; content: string }) => readonly string[],
) =>
  z.strictObject({ files: fileList }).superRefine(({ files }, context) => {
    const refuse = (index: number, message: string) =>
      context.addIssue({ code: 'custom', path: ['files', index], message });
    files.forEach((one, index) => {
      const expected = names.get(one.path);
      if (!expected)
        refuse(index, `"${one.path}" is none of the files to be rewritten: ${[...names.keys()].join(', ')}`);
      const lost = (expected ?? []).filter((name) => !declaredIn(one).includes(name));
      if (lost.length > 0)
        refuse(
          index,
          `has lost tests; hand the file in whole, with ${lost.map((name) => `"${name}"`).join(', ')}`,
        );
    });
  });

/** QA's reading of a failed run. */
export const failuresAnswer = z.strictObject({
  failures: z
    .array(
      z.strictObject({
        test: z.string().max(1000),
        fault: z.enum(['code', 'test']),
        analysis: z.string().max(4000),
      }),
    )
    .max(200),
});
