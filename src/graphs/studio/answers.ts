import { z } from 'zod';
import { checkFilePath, checkFileSet } from '../../core/safe-path.js';
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

/** The Architect's answer: the spec, and a shell script that lays out the empty project. */
export const specAnswer = z.strictObject({
  techSpec: document(200_000).refine((text) => /^#\s+\S/m.test(text), 'has no "# Title" line'),
  scaffold: z.string().min(1).max(100_000).refine(noNul, 'contains a NUL character'),
});

const file = z.strictObject({
  path: z.string(),
  content: z
    .string()
    .max(1_000_000, 'is larger than 1 MB')
    .refine(noNul, 'is binary: only text files can be written')
    .refine((text) => text.isWellFormed(), 'is not well-formed Unicode'),
});

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

/** The Engineer's answer. `locked` are QA's test files, which it must leave alone. */
export const codeAnswer = (locked: ReadonlySet<string>) =>
  z.strictObject({ summary: z.string().max(4000), files: fileList }).superRefine(({ files }, context) => {
    files.forEach(({ path }, index) => {
      if (locked.has(path))
        context.addIssue({
          code: 'custom',
          path: ['files', index, 'path'],
          message: `"${path}" is one of QA's tests and cannot be changed: mend the code instead`,
        });
    });
  });

/** QA's tests. */
export const testsAnswer = z.strictObject({ files: fileList }).superRefine(({ files }, context) => {
  if (!files.some(({ path }) => isTestFile(path)))
    context.addIssue({
      code: 'custom',
      path: ['files'],
      message:
        'has no test file: tests stand in "test/" and end in .test.js (or the form the tech spec names)',
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
