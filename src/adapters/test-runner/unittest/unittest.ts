import type { TestRunner } from '../port.js';
import { PythonRunner } from '../python/python-runner.js';

/** Python's own `unittest`: for files with TestCase classes that ask for no pytest. */
export const unittestRunner: TestRunner = new PythonRunner('unittest', (files) =>
  files.every(
    ({ content }) => /\bTestCase\b/.test(content) && !/^\s*(?:import|from)\s+pytest\b/m.test(content),
  ),
);
