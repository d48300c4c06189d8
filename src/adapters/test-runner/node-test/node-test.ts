import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ValidationError } from '../../../core/errors.js';
import { readRegularFile } from '../../sandbox/collect.js';
import type { SandboxPaths } from '../../sandbox/port.js';
import type { TestReport, TestRunner } from '../port.js';
import { reportOf } from '../port.js';
import { parseNodeTestReport } from './report.js';

const REPORT = 'report.ndjson';
const MAX_REPORT_BYTES = 16 * 1024 ** 2;

/**
 * Milliseconds for one test, and for one file. A server that a test forgot to close keeps its file from ending;
 * it has to fail well before the sandbox's wall time, which would leave no report at all.
 */
const TEST_TIMEOUT_MS = 20_000;

/** Test files run at the same time. Fixed, so that a large machine does not meet the sandbox's process limit. */
const CONCURRENCY = 4;

/** The names by which `node --test` finds test files by itself, since Node.js 18. */
const TEST_FILE = /(^|\/)(test|test-[^/]+|[^/]+[._-]test)\.[cm]?js$|(^|\/)test\/.*\.[cm]?js$/;

/** `node --test` of Node.js 20 or later, with our reporter. */
class NodeTestRunner implements TestRunner {
  readonly name = 'node-test';
  readonly toolsDir = fileURLToPath(new URL('./assets', import.meta.url));

  detect(files: ReadonlyMap<string, string>): boolean {
    const script = testScript(files.get('package.json'));
    if (script !== undefined) return /\bnode\b.*\s--test\b/.test(script);
    return [...files].some(([path, content]) => TEST_FILE.test(path) && /['"]node:test['"]/.test(content));
  }

  command(paths: SandboxPaths, files: ReadonlyMap<string, string>): readonly string[] {
    // Named one by one: what Node.js looks for by itself has changed between its versions.
    const tests = [...files.keys()].filter((path) => TEST_FILE.test(path)).toSorted();
    const args = ['node', '--test', `--test-concurrency=${CONCURRENCY}`, `--test-timeout=${TEST_TIMEOUT_MS}`];
    args.push(
      `--test-reporter=${paths.tools}/reporter.mjs`,
      `--test-reporter-destination=${paths.results}/${REPORT}`,
    );
    args.push('--test-reporter=spec', '--test-reporter-destination=stdout');
    return [...args, ...tests.map((path) => `./${path}`)];
  }

  async parse(resultsDir: string): Promise<TestReport> {
    const file = await readRegularFile(join(resultsDir, REPORT), MAX_REPORT_BYTES);
    if (typeof file === 'string') {
      const reason = file === 'too large' ? `is larger than ${MAX_REPORT_BYTES} bytes` : 'was not written';
      throw new ValidationError(`The test report ${reason}. Run the tests again, or run fewer of them.`, [
        { field: REPORT, message: reason },
      ]);
    }
    return reportOf(this.name, parseNodeTestReport(file.content.toString('utf8')));
  }
}

/** The `test` script of a package.json; undefined when there is none, or it cannot be read. */
function testScript(packageJson: string | undefined): string | undefined {
  if (packageJson === undefined) return undefined;
  try {
    const { scripts } = JSON.parse(packageJson) as { scripts?: { test?: unknown } };
    return typeof scripts?.test === 'string' ? scripts.test : undefined;
  } catch {
    return undefined;
  }
}

export const nodeTestRunner: TestRunner = new NodeTestRunner();
