import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HOST_PATH, findExecutable } from '../../adapters/sandbox/environment.js';
import { startTestRegistry, type TestRegistry } from '../../testing/npm-registry.js';
import { SUM_ANSWERS } from '../../testing/studio-script.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';

const bwrap = findExecutable('bwrap', HOST_PATH);
const works =
  bwrap !== undefined &&
  spawnSync(bwrap, ['--unshare-all', '--ro-bind', '/', '/', 'true']).status === 0 &&
  spawnSync('npm', ['--version']).status === 0;

const MANIFEST = { name: 'sum', type: 'module', dependencies: { adder: '1.0.0' } };
const SCRIPT = {
  write_tech_spec: () => ({
    ...(SUM_ANSWERS['write_tech_spec'] as object),
    scaffold: `printf '%s\\n' '${JSON.stringify(MANIFEST)}' > package.json\n`,
  }),
  write_code: () => ({
    summary: 'Adds with a package.',
    files: [{ path: 'src/sum.js', content: `export { default as add } from 'adder';\n` }],
  }),
};

if (works) installs();
else {
  // oxlint-disable-next-line jest/no-disabled-tests
  it.skip('missions with dependencies: skipped, since bwrap or npm is not installed or may not work here', () =>
    expect(works).toBe(true));
}

function installs(): void {
  describe('a mission whose code uses a package', () => {
    let registry: TestRegistry;
    let mission: SumMission | undefined;
    beforeAll(async () => {
      registry = await startTestRegistry({
        adder: { version: '1.0.0', files: { 'index.js': 'module.exports = (a, b) => a + b;\n' } },
      });
    });
    afterEach(async () => mission?.test.close());
    afterAll(async () => registry.close());

    /** Carries such a mission to its end. @param allowed by the setting @param asked by the submitter */
    const end = async (allowed: boolean, asked: boolean) => {
      registry.asked.length = 0;
      mission = await sumMission(
        'start',
        SCRIPT,
        { options: { maxIterations: 1, ...(asked && { installDependencies: true }) } },
        { ATELIER_SANDBOX: 'bubblewrap', ATELIER_REGISTRIES: registry.url },
      );
      const { test, caller, id, go } = mission;
      if (allowed) await test.app.settings.set('installDependencies', true, caller);
      await go(id);
      const [gate] = await test.app.approvals.list(caller, id);
      await test.app.approvals.decide(caller, gate?.id ?? '', {
        decision: 'approve',
        artifactHashes: gate?.artifacts.map(({ sha256 }) => sha256) ?? [],
      });
      return (await go(id)).status;
    };

    it('passes when its submitter asked for installs and the setting allows them', async () => {
      expect(await end(true, true)).toBe('completed');
      expect(registry.asked).toContain('GET /adder/-/adder-1.0.0.tgz');
      const files = await mission?.test.app.artifacts.list(mission.caller, mission.id);
      expect(files?.filter(({ filePath }) => filePath.includes('node_modules'))).toEqual([]);
    });

    it.each([
      ['the setting does not allow it, and says so', false, true],
      ['its submitter did not ask for it', true, false],
    ])('installs nothing when %s', async (_why, allowed, asked) => {
      expect(await end(allowed, asked)).toBe('needs_attention');
      expect(registry.asked).toEqual([]);
      const workDir = (await mission?.test.app.sessions.get(mission.caller, mission.id))?.workDir ?? '';
      for (const name of ['test-report.md', 'bug-report.md']) {
        const report = await readFile(join(workDir, 'docs', name), 'utf8');
        expect(report.includes('the setting "installDependencies" is off')).toBe(!allowed);
      }
    });
  });
}
