import { execFileSync } from 'node:child_process';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { main } from '../../src/cli/main.js';
import type { SessionView } from '../../src/http/presenters/session.js';
import { approve } from '../../src/testing/app.js';
import { inFolder, layOut } from '../../src/testing/archives.js';
import { existingScript, PROJECT } from '../../src/testing/existing-code.js';
import { gitIn, makeRepository } from '../../src/testing/git-repository.js';
import { startTestApi, type TestApi, type TestUser } from '../../src/testing/http-api.js';
import { sumCatalog } from '../../src/testing/studio-script.js';
import { RecordedStream } from '../../src/testing/terminal.js';

const KEPT = ['ATELIER_URL', 'ATELIER_TOKEN'] as const;
const before = KEPT.map((name) => [name, process.env[name]] as const);

/** Runs a command as a person would in a pipe. */
async function atelier(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const code = await main(args, { stdin: process.stdin, stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

let api: TestApi;
let user: TestUser;
async function open(...parts: Parameters<typeof startTestApi>): Promise<void> {
  api = await startTestApi(...parts);
  user = await api.user();
  Object.assign(process.env, { ATELIER_URL: api.url, ATELIER_TOKEN: user.token });
}
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('a mission on a local folder, with a model', () => {
  beforeAll(() => open({ catalog: sumCatalog(existingScript()) }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' }));
  afterAll(() => api.close());

  it('starts from what git would commit, as it is now, and ends as a patch, a branch and a zip', async () =>
    inFolder(async (given) => {
      const room = await realpath(given);
      const folder = join(room, 'sum');
      await makeRepository(folder, { ...PROJECT, 'src/sum.js': 'committed\n', 'gone.js': 'x' });
      await layOut(folder, {
        ...PROJECT,
        '.gitignore': '*.log\n',
        'debug.log': 'x',
        '.env': 'KEY=1',
        'new.js': 'not added\n',
      });
      await gitIn(folder, 'rm', '-q', 'gone.js');
      const sent = await atelier('submit', 'Mend', 'add', '--folder', folder, '--no-watch', '--json');
      expect([sent.code, sent.stderr]).toEqual([
        0,
        expect.stringMatching(/^Uploaded 10 files \(.+\) of sum\.$/m),
      ]);
      expect(sent.stderr).toContain('Left out: 1 × a file that usually holds secrets (.env)');
      expect(sent.stderr).not.toContain('studio');
      const { sessionId } = JSON.parse(sent.stdout) as SessionView;

      await api.app.startWorker();
      await api.until(user, sessionId, 'awaiting_approval');
      await approve(api.app, user, sessionId);
      await api.until(user, sessionId, 'completed');

      const patch = join(room, 'sum.patch');
      expect((await atelier('export', sessionId, '--format', 'patch', '-o', patch)).stderr).toContain(
        'git apply',
      );
      await gitIn(folder, 'apply', patch);
      expect(await readFile(join(folder, 'src/sum.js'), 'utf8')).toContain('a + b');
      execFileSync('node', ['--test'], { cwd: folder, stdio: 'pipe' });

      const bundle = join(room, 'sum.bundle');
      expect((await atelier('export', sessionId, '--format', 'git', '-o', bundle)).code).toBe(0);
      await gitIn(room, 'clone', '-q', bundle, 'cloned');
      expect(await readFile(join(room, 'cloned/new.js'), 'utf8')).toBe('not added\n');

      const zip = join(room, 'sum.zip');
      expect((await atelier('export', sessionId, '-o', zip)).code).toBe(0);
      const names = (await readFile(zip)).toString('latin1');
      for (const path of ['logo.png', 'src/sum.js', '.atelier/docs/prd.md']) expect(names).toContain(path);
    }));

  it('starts from a folder that is no repository, without what its .gitignore names, one folder deep', async () =>
    inFolder(async (room) => {
      await layOut(room, {
        'app/package.json': '{}',
        'app/.gitignore': 'dist/\n',
        'app/dist/a.js': 'x',
        'node_modules/a/index.js': 'x',
        'app/link': { linkTo: 'package.json' },
      });
      const { code, stderr, stdout } = await atelier('submit', 'x', '--folder', room, '--no-watch', '--json');
      expect([code, stderr]).toEqual([0, expect.stringContaining('Uploaded 2 files')]);
      expect(stderr).toContain('Left out: 1 × named by .gitignore (app/dist)');
      expect(stderr).toContain('Left out: 1 × a link (app/link)');
      const { options } = JSON.parse(stdout) as SessionView;
      const hash = await api.app.sources.bringIn(
        user.userId,
        options['source'],
        new AbortController().signal,
      );
      const { files } = await api.app.sources.manifest(hash);
      expect(files.map(({ path }) => path)).toEqual(['app/.gitignore', 'app/package.json']);
    }));

  it('says what cannot be, before anything is sent', async () =>
    inFolder(async (room) => {
      await writeFile(join(room, 'empty.txt'), '');
      for (const [args, words] of [
        [['--folder', room, '--archive', 'x.zip'], /one of --folder, --archive and --git/],
        [['--ref', 'main'], /--ref goes with --git/],
        [['--folder', join(room, 'none')], /There is no folder/],
        [['--archive', join(room, 'none.zip')], /cannot be taken: .*ENOENT/],
        [['--archive', join(room, 'empty.txt')], /none of the formats known here/],
      ] as const)
        expect(await atelier('submit', 'x', ...args)).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(words),
        });
    }));
});

describe('a mission on a local folder, without a model', () => {
  beforeAll(() => open());
  afterAll(() => api.close());

  it('stops at the first step and says that it needs one', async () =>
    inFolder(async (room) => {
      await layOut(room, PROJECT);
      const { stdout } = await atelier('submit', 'Mend add', '--folder', room, '--no-watch', '--json');
      const { sessionId } = JSON.parse(stdout) as SessionView;
      await api.app.startWorker();
      const { error } = await api.until(user, sessionId, 'failed', 'needs_attention');
      expect(error).toMatchObject({ message: expect.stringContaining('cannot work on existing code') });
    }));
});
