import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runTrial } from '../../../testing/suite-lab.js';

const nodeModules = join(process.cwd(), 'node_modules');
const SUM = 'export const add = (a, b) => a + b;\n';
const body = (imports: string) => `${imports}
import { add } from '../src/sum.js';
describe('sums', () => {
  it('AC1.1 adds', () => expect(add(2, 3)).toBe(5));
  it('AC1.2 fails', () => expect(add(2, 3)).toBe(6));
  it.skip('AC1.3 later', () => {});
});
`;
const EXPECTED = [
  ['test/sum.test.js', 'sums > AC1.1 adds', 'passed'],
  ['test/sum.test.js', 'sums > AC1.2 fails', 'failed'],
  ['test/sum.test.js', 'sums > AC1.3 later', 'skipped'],
];
const RUNNERS = [
  ['jest', `import { describe, it, expect } from '@jest/globals';`],
  ['vitest', `import { describe, it, expect } from 'vitest';`],
] as const;

describe.each(RUNNERS)('%s', (name, imports) => {
  const found = existsSync(join(nodeModules, name));
  (found ? it : it.skip)(`runs where the project has it (skipped without node_modules/${name})`, async () => {
    const run = await runTrial({
      files: { 'src/sum.js': SUM },
      tests: { 'test/sum.test.js': body(imports) },
      nodeModules,
      wallMs: 60_000,
    });
    expect(run.problem).toBeUndefined();
    expect(run.report?.runner).toBe(name);
    expect(run.report?.cases.map(({ file, name, status }) => [file, name, status])).toEqual(EXPECTED);
    expect(run.report?.cases[1]?.message).toMatch(/Expected: 6|expected 5 to be 6/);
  });

  (found ? it : it.skip)(
    `fails a file that cannot be loaded (skipped without node_modules/${name})`,
    async () => {
      const run = await runTrial({
        tests: { 'test/sum.test.js': body(imports) },
        nodeModules,
        wallMs: 60_000,
      });
      expect(run.report).toMatchObject({ passed: 0, skipped: 0 });
      expect(run.report?.cases[0]).toMatchObject({ name: 'test/sum.test.js', status: 'failed' });
    },
  );

  it('says what is missing when it is not installed, and what to do', async () => {
    const run = await runTrial({ tests: { 'test/sum.test.js': body(imports) } });
    expect(run.problem).toMatch(
      new RegExp(`could not be run: node_modules/${name}/.* is missing\\..*phase that installs`),
    );
  });
});
