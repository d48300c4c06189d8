import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundledHashes } from '../../src/adapters/llm/rehearsal/hashes.js';
import { BUNDLED_RECORDINGS } from '../../src/adapters/llm/rehearsal/recordings.js';
import { PlainSandbox } from '../../src/adapters/sandbox/plain/plain.js';
import { coverageOf, traceCriteria } from '../../src/graphs/studio/coverage.js';
import type { ProjectFile } from '../../src/graphs/studio/files.js';
import { openLab } from './lab.js';

/** The files below a folder of a recording, by their paths in the project. */
async function filesIn(folder: string): Promise<ProjectFile[]> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((one) => one.isFile());
  return Promise.all(
    entries.map(async ({ parentPath, name }) => ({
      path: relative(folder, join(parentPath, name)),
      content: await readFile(join(parentPath, name), 'utf8'),
    })),
  );
}

let lab: Awaited<ReturnType<typeof openLab>>;
beforeAll(async () => {
  // What a machine without any sandbox runs: the recordings, byte by byte, and nothing else.
  lab = await openLab(new PlainSandbox({ allowedHashes: await bundledHashes() }), 2);
});
afterAll(() => lab.close());

describe('the bundled recordings, on a machine without a sandbox', () => {
  it.each(readdirSync(BUNDLED_RECORDINGS))(
    '%s: its tests are worth something, find the bug of the first attempt, pass the second, and cover the PRD',
    async (slug) => {
      const folder = join(BUNDLED_RECORDINGS, slug);
      const [scaffold, prd] = await Promise.all(
        ['scaffold.sh', 'prd.md'].map((name) => readFile(join(folder, name), 'utf8')),
      );
      const [tests, first, second] = await Promise.all(
        ['qa', 'attempt-1', 'attempt-2'].map((name) => filesIn(join(folder, name))),
      );
      const attempt = { scaffold: scaffold ?? '', tests: tests ?? [], files: first ?? [] };
      const before = await lab.judge(attempt);
      expect(before.proof.refusals).toEqual([]);
      expect(before.trial.problem).toBeUndefined();
      expect(before.verdict.passed).toBe(false);
      const changed = second ?? [];
      const kept = (first ?? []).filter(({ path }) => !changed.some((one) => one.path === path));
      const after = await lab.judge({ ...attempt, files: [...kept, ...changed] });
      expect(after.trial.report?.cases.filter(({ status }) => status !== 'passed')).toEqual([]);
      expect(after.verdict).toEqual({ passed: true, reasons: [] });
      const trace = traceCriteria(prd ?? '', after.trial.report?.cases ?? [], after.proof.provesNothing);
      expect(coverageOf(trace)).toMatchObject({ criteria: trace.length, uncovered: [] });
      expect(trace.length).toBeGreaterThan(10);
    },
  );
});
