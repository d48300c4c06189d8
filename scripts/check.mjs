// `npm run check`: everything that can be said about the code without running it. One line for each check; what
// a check had to say is printed when it failed. Exit 1 if any did.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** name → command. Those that take long come first: two run at a time. */
const CHECKS = [
  ['formatting', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['arrows', process.execPath, [join(root, 'scripts', 'arrows.mjs')]],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
  ['types of the panel', bin('tsc'), ['-p', 'tsconfig.panel.json']],
  ['lock file', process.execPath, [join(root, 'scripts', 'lock.mjs')]],
  ['unused code', bin('knip'), ['--no-progress', '--no-config-hints']],
];

/** Runs one check; a program that cannot be started or is killed has failed. */
function run([name, program, args]) {
  const start = performance.now();
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const said = `${stdout}${stderr}`.trim() || (error?.message ?? '');
      resolve({ name, ok: !error, said, seconds });
    });
  });
}

const waiting = [...CHECKS];
const results = [];
async function lane() {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const result = await run(check);
    results.push(result);
    console.log(`${result.ok ? '✓' : '✗'} ${result.name} (${result.seconds} s)`);
    if (!result.ok) console.log(`\n${result.said}\n`);
  }
}
await Promise.all([lane(), lane()]);

const failed = results.filter(({ ok }) => !ok);
if (failed.length > 0) {
  console.log(
    `${failed.length} of ${CHECKS.length} checks failed: ${failed.map(({ name }) => name).join(', ')}`,
  );
  process.exitCode = 1;
}
