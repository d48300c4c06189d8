// `npm test`: all tests, or those that are named: `npm test -- src/db`. Everything after `--` goes to jest.
// The last line of stdout is `N passed, N failed, N skipped`, counted from jest's own results.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'atelier-test-results-'));
const outputFile = join(scratch, 'results.json');

const jest = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--json',
    `--outputFile=${outputFile}`,
    ...(process.env.CI ? ['--ci'] : []),
    ...process.argv.slice(2),
  ],
  // With --outputFile jest reports on stderr as ever; both streams are the terminal's, so colours stay.
  { cwd: root, stdio: 'inherit' },
);
// A Ctrl-C reaches jest by itself, and jest's teardown stops the test server: wait for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => jest.kill(signal));

const status = await new Promise((resolve) => {
  jest.on('error', (error) => {
    console.error(`jest did not start: ${error.message}`);
    resolve(1);
  });
  jest.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
});

/**
 * The counts of the run. A test file that could not run at all counts as one failed test, and so does a run that
 * ended badly though no test failed, as when no test was found or the test server did not start.
 */
function counts() {
  const results = JSON.parse(readFileSync(outputFile, 'utf8'));
  return {
    passed: results.numPassedTests,
    failed: Math.max(results.numFailedTests + results.numRuntimeErrorTestSuites, status === 0 ? 0 : 1),
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

let summary;
try {
  summary = counts();
} catch {
  // Nothing was run: jest failed before its first test, or was asked something else, such as --version.
  if (status !== 0) summary = { passed: 0, failed: 1, skipped: 0 };
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (summary) console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
process.exitCode = status;
