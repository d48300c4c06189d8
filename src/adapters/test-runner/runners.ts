import { ValidationError } from '../../core/errors.js';
import { nodeTestRunner } from './node-test/node-test.js';
import type { TestRunner } from './port.js';

/** The list of test runners, in the order in which they are asked. */
export const TEST_RUNNERS: readonly TestRunner[] = [nodeTestRunner];

/**
 * The first runner that a project's files (path to content) call for.
 * @throws ValidationError when there is none, with the runners that there are
 */
export function pickRunner(files: ReadonlyMap<string, string>): TestRunner {
  const runner = TEST_RUNNERS.find((candidate) => candidate.detect(files));
  if (runner) return runner;
  const names = TEST_RUNNERS.map(({ name }) => name).join(', ');
  throw new ValidationError(
    `No test runner fits this project (known: ${names}). Write tests with node:test, and "node --test" as the ` +
      `"test" script of package.json.`,
    [{ field: 'files', message: 'call for no known test runner' }],
  );
}
