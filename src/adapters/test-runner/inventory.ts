import type { Suite, TestCase, TestRunner } from './port.js';

/**
 * The tests that QA's files declare and the report does not have, as failed cases. A test whose name is made at run
 * time cannot be missed; a file that fails as a whole stands for its tests.
 */
export function missingCases(runner: TestRunner, suite: Suite, cases: readonly TestCase[]): TestCase[] {
  return suite.tests.flatMap((file) => {
    const reported = cases.filter((one) => one.file === file.path);
    if (reported.some(({ name, status }) => name === file.path && status === 'failed')) return [];
    const names = new Set(runner.declared(file).flatMap(({ name }) => (name === null ? [] : [name])));
    return [...names]
      .filter((name) => !reported.some((one) => hasSegment(one.name, name)))
      .map((name) => ({
        name,
        file: file.path,
        status: 'failed' as const,
        message: `"${file.path}" declares this test, and it was not run.`,
        durationMs: 0,
      }));
  });
}

/** Whether a test's full name has a name as its own, or as that of something around it. */
export function hasSegment(fullName: string, name: string): boolean {
  return ` > ${fullName} > `.includes(` > ${name} > `);
}
