import { ValidationError } from '../../core/errors.js';
import { goRunner } from './go/go.js';
import { jestRunner } from './jest/jest.js';
import { nodeTestRunner } from './node-test/node-test.js';
import type { Suite, TestRunner } from './port.js';
import { pytestRunner } from './pytest/pytest.js';
import { unittestRunner } from './unittest/unittest.js';
import { vitestRunner } from './vitest/vitest.js';

/** The list of test runners, in the order in which they are asked. */
export const TEST_RUNNERS: readonly TestRunner[] = [
  nodeTestRunner,
  vitestRunner,
  jestRunner,
  unittestRunner,
  pytestRunner,
  goRunner,
];

/**
 * The first runner that a suite calls for.
 * @throws ValidationError when there is none, with the runners that there are
 */
export function pickRunner(suite: Suite): TestRunner {
  const runner = TEST_RUNNERS.find((candidate) => candidate.detect(suite));
  if (runner) return runner;
  const names = TEST_RUNNERS.map(({ name }) => name).join(', ');
  throw new ValidationError(
    `No test runner fits QA's files (known: ${names}). Import the tests' functions from node:test, or follow the ` +
      'naming of the runner that the tech spec names.',
    [{ field: 'tests', message: 'call for no known test runner' }],
  );
}
