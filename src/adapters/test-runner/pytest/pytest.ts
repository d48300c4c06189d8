import type { TestRunner } from '../port.js';
import { PythonRunner } from '../python/python-runner.js';

/** pytest, where it is installed. Settings and `conftest.py` of the project are not read. */
export const pytestRunner: TestRunner = new PythonRunner('pytest', () => true);
