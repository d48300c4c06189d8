import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../../services/sessions.js';
import { approve, startTestApp, type TestApp } from '../../testing/app.js';
import { tarOf, zipOf } from '../../testing/archives.js';
import {
  answer,
  edit,
  existingScript,
  LINKED,
  MENDED,
  OLD_TEST,
  PROJECT,
} from '../../testing/existing-code.js';
import { gitIn, makeRepository } from '../../testing/git-repository.js';
import type { ScriptedCatalog } from '../../testing/scripted-model.js';
import { SUM_ANSWERS, sumCatalog, type SumScript } from '../../testing/studio-script.js';
import { SET_ASIDE } from './deliver.js';

const idle = new AbortController().signal;
let room: string;
let test: TestApp;
let caller: Caller;
let catalog: ScriptedCatalog;
beforeEach(async () => (room = await realpath(await mkdtemp(join(tmpdir(), 'atelier-existing-')))));
afterEach(async () => {
  await test.close();
  await rm(room, { recursive: true, force: true });
});

async function start(own: SumScript = {}, env: NodeJS.ProcessEnv = {}): Promise<void> {
  catalog = sumCatalog(existingScript(own));
  test = await startTestApp(
    { catalog },
    { ATELIER_ALLOW_UNSANDBOXED: '1', ATELIER_SOURCE_ROOTS: room, ...env },
  );
  caller = await test.person('submitter');
}

async function submit(
  source: Record<string, unknown>,
  options: Record<string, unknown> = {},
): Promise<string> {
  const mission = { mission: 'Mend add', options: { source, ...options } };
  return (await test.app.sessions.submit(caller, mission)).session.sessionId;
}

async function go(sessionId: string, app = test.app) {
  await app.runner.run(sessionId, idle);
  return app.sessions.get(caller, sessionId);
}

async function toTheEnd(sessionId: string) {
  expect(await go(sessionId)).toMatchObject({ status: 'awaiting_approval' });
  await approve(test.app, caller, sessionId);
  return go(sessionId);
}

const asked = (task: string, n = 0): string =>
  catalog.calls.filter((call) => call.task === task)[n]?.messages.at(-1)?.content ?? '';
const testsPass = (folder: string) => execFileSync('node', ['--test'], { cwd: folder, stdio: 'pipe' });

describe('a mission on a git repository', () => {
  it('reads by need, edits exactly, and ends as commits on the commit it started from', async () => {
    const origin = join(room, 'sum');
    await makeRepository(origin, { 'before.txt': 'history' });
    const base = await makeRepository(origin, LINKED);
    await start({
      write_code: ({ attempt, n }) => {
        if (n === 1) return answer(edit('a  -  b', 'a + b'));
        return attempt === 1
          ? answer(edit('a - b', 'a * b'))
          : answer(edit('a * b', 'a + b'), { path: 'src/old.js', delete: true });
      },
    });
    const sessionId = await submit({ kind: 'git', url: `file://${origin}`, ref: 'main' });
    const done = await toTheEnd(sessionId);
    expect(done).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });

    // What the models were told.
    for (const task of ['write_prd', 'write_tech_spec', 'write_tests', 'choose_files', 'write_code'])
      expect(asked(task)).toMatch(/^<map>\n# The project[\s\S]*src\/sum.js \(2 lines\): add/);
    expect(asked('write_code')).toContain('--- src/sum.js\n// Adds.');
    expect(asked('write_code')).not.toContain("name = 'sum'");
    expect(asked('write_code', 1)).toContain('is not found in "src/sum.js"');
    expect(asked('write_code', 1)).toContain('2| export const add = (a, b) => a - b;');
    expect(asked('write_code', 2)).toContain('<last_change>\n--- src/sum.js\n@@');

    // What came of it, in the work folder.
    const folder = done.workDir ?? '';
    testsPass(folder);
    expect((await readdir(folder)).toSorted()).toEqual(
      [
        '.atelier',
        'README.md',
        'before.txt',
        'bin',
        'docs',
        'logo.png',
        'package.json',
        'src',
        'test',
      ].toSorted(),
    );
    expect(await readFile(join(folder, 'docs/prd.md'), 'utf8')).toBe('the project’s own\n');
    expect(await readFile(join(folder, '.atelier/docs/prd.md'), 'utf8')).toContain('# Sum');
    expect((await stat(join(folder, 'bin/run.sh'))).mode & 0o111).not.toBe(0);
    expect(await readFile(join(folder, 'logo.png'))).toEqual(PROJECT['logo.png']);

    // Its branch.
    const repository = join(folder, '.atelier/project.git');
    const [branch = ''] = (await gitIn(repository, 'for-each-ref', '--format=%(refname:short)')).split('\n');
    expect(branch).toBe(`atelier/${sessionId.slice(-8)}-mend-add`);
    const log = await gitIn(repository, 'log', '--reverse', '--format=%an|%B%x00', `${base}..${branch}`);
    const [first = '', second = ''] = log.split('\0');
    expect(first).toContain('Atelier|Attempt 1: Adds instead of subtracting.');
    expect(first).toContain(`Mission: ${sessionId}\nIteration: 1\nQA: 0 passed, 1 failed, 0 skipped`);
    expect(second).toContain('Iteration: 2\nQA: 1 passed, 0 failed, 0 skipped');

    // Its exports, each on a fresh clone of what it started from.
    const clone = async (name: string) => {
      await gitIn(room, 'clone', '-q', origin, name);
      return join(room, name);
    };
    const save = async (format: string) => {
      const { fileName, content } = await test.app.exports.exportAs(caller, sessionId, format);
      await writeFile(join(room, fileName), content);
      return join(room, fileName);
    };
    const patched = await clone('patched');
    await gitIn(patched, 'apply', '--index', await save('patch'));
    testsPass(patched);
    expect(await gitIn(patched, 'status', '--porcelain')).toBe(
      'D  src/old.js\nM  src/sum.js\nA  test/sum.test.js',
    );
    const fetched = await clone('fetched');
    await gitIn(fetched, 'pull', '-q', '--ff-only', await save('git'), branch);
    testsPass(fetched);
    expect(await gitIn(fetched, 'rev-parse', 'HEAD')).toBe(await gitIn(repository, 'rev-parse', branch));
    expect(await gitIn(fetched, 'rev-parse', 'HEAD^{tree}')).toBe(await gitIn(patched, 'write-tree'));
    await gitIn(fetched, 'fsck', '--strict');
    const unzipped = join(room, 'unzipped');
    execFileSync('unzip', ['-q', await save('zip'), '-d', unzipped]);
    testsPass(unzipped);
    expect(await readFile(join(unzipped, 'bin/run.sh'), 'utf8')).toContain('echo sum');
    expect((await readdir(join(unzipped, 'src'))).toSorted()).toEqual(['name.js', 'sum.js']);
    await expect(save('rar')).rejects.toMatchObject({ problems: [{ field: 'format' }] });
  });

  it('goes on in another process although the repository is gone by then, and fetches it once', async () => {
    const origin = join(room, 'sum');
    await makeRepository(origin, PROJECT);
    await start();
    const sessionId = await submit({ kind: 'git', url: `file://${origin}` });
    await go(sessionId);
    await rm(origin, { recursive: true });
    await approve(test.app, caller, sessionId);
    const other = await test.another();
    const done = await go(sessionId, other);
    expect(done).toMatchObject({ status: 'completed' });
    const steps = await test.app.activity.executions(caller, sessionId, 0, 20);
    expect(steps.filter(({ agentType }) => agentType === 'source')).toHaveLength(1);
    const bundle = await other.exports.exportAs(caller, sessionId, 'git');
    expect(await test.app.exports.exportAs(caller, sessionId, 'patch')).toEqual(
      await other.exports.exportAs(caller, sessionId, 'patch'),
    );
    expect(bundle.content.subarray(0, 16).toString()).toMatch(/^# v[23] git bundle/);
  });

  it('that cannot be read waits for a person with the field named, and a retry reads it', async () => {
    const origin = join(room, 'later');
    await start();
    const sessionId = await submit({ kind: 'git', url: `file://${origin}` });
    expect(await go(sessionId)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'validation_failed', details: { problems: [{ field: 'source.url' }] } },
    });
    await makeRepository(origin, PROJECT);
    await test.app.sessions.retry(caller, sessionId);
    expect(await go(sessionId)).toMatchObject({ status: 'awaiting_approval' });
  });
});

describe('a mission on an upload or a folder', () => {
  it.each([
    ['a zip', () => zipOf(PROJECT)],
    ['a tar.gz', () => tarOf(PROJECT, ['-z'])],
  ])('(%s) gives a patch for what was uploaded, and a bundle that stands alone', async (_name, pack) => {
    await start();
    const upload = await test.app.sources.importArchive(caller, await pack(), 'sum');
    expect(upload).toMatchObject({ files: 8, skipped: {} });
    const sessionId = await submit({ kind: 'archive', sourceId: upload.sourceId });
    expect(await toTheEnd(sessionId)).toMatchObject({ status: 'completed' });
    const patch = await test.app.exports.exportAs(caller, sessionId, 'patch');
    await writeFile(join(room, 'a.patch'), patch.content);
    const origin = join(room, 'unpacked');
    await makeRepository(origin, PROJECT);
    await gitIn(origin, 'apply', join(room, 'a.patch'));
    testsPass(origin);
    const bundle = await test.app.exports.exportAs(caller, sessionId, 'git');
    await writeFile(join(room, 'a.bundle'), bundle.content);
    await gitIn(room, 'clone', '-q', 'a.bundle', 'cloned');
    testsPass(join(room, 'cloned'));
    expect((await gitIn(join(room, 'cloned'), 'log', '--format=%s')).split('\n')).toEqual([
      'Attempt 1: Adds instead of subtracting.',
      'Start from archive sum',
    ]);
  });

  it('(a folder) starts from what stands in it', async () => {
    await makeRepository(join(room, 'sum'), PROJECT);
    await writeFile(join(room, 'sum/src/uncommitted.js'), 'export const fresh = 1;\n');
    await start();
    const sessionId = await submit({ kind: 'folder', path: join(room, 'sum') });
    await go(sessionId);
    expect(asked('write_prd')).toContain('src/uncommitted.js (1 lines): fresh');
  });

  it('is refused before it begins when it is not allowed, not the caller’s, or not well formed', async () => {
    await start();
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    const stranger = await test.person('submitter');
    const wish = (source: unknown) => ({ mission: 'Mend add', options: { source } });
    await expect(
      test.app.sessions.submit(stranger, wish({ kind: 'archive', sourceId })),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      test.app.sessions.submit(caller, wish({ kind: 'folder', path: '/etc' })),
    ).rejects.toMatchObject({ code: 'forbidden' });
    for (const [source, field] of [
      [{ kind: 'git', url: 'ext::sh -c id' }, 'source.url'],
      [{ kind: 'git', url: 'https://a.org/b', ref: '--upload-pack=id' }, 'options.source.ref'],
      [{ kind: 'git', url: 'https://a.org/b', branch: 'x' }, 'options.source.branch'],
      [{ kind: 'ftp' }, 'options.source.kind'],
      [{ kind: 'folder', path: 'relative' }, 'source.path'],
    ] as const)
      await expect(test.app.sessions.submit(caller, wish(source))).rejects.toMatchObject({
        problems: [{ field }],
      });
    const viewer = await test.person('viewer');
    await expect(test.app.sources.importArchive(viewer, await zipOf(PROJECT))).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('the Engineer on existing code', () => {
  const refusals: [string, unknown, RegExp][] = [
    ['a file it has not read', answer({ path: 'src/name.js', content: 'x' }), /was not shown to you/],
    [
      'a file it has not read, by deleting it',
      answer({ path: 'README.md', delete: true }),
      /was not shown to you/,
    ],
    [
      'a test that the project has',
      answer({ path: 'test/old.test.js', delete: true }),
      /tests that the project has/,
    ],
    [
      'the studio’s own folder',
      answer({ path: '.atelier/project.git/hooks/update', content: 'x' }),
      /studio's own/,
    ],
    [
      'one of two files, when the other edit is wrong',
      answer(edit('a - b', 'a + b'), { path: 'src/old.js', edits: [{ search: 'none', replace: 'x' }] }),
      /is not found/,
    ],
  ];

  it.each(refusals)('cannot change %s', async (_what, wrong, reason) => {
    await start({ write_code: ({ n }) => (n === 1 ? wrong : MENDED) });
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    expect(await toTheEnd(await submit({ kind: 'archive', sourceId }))).toMatchObject({
      status: 'completed',
    });
    expect(asked('write_code', 1)).toMatch(reason);
  });

  it.each([
    ['/etc/passwd', /no text file of the map/],
    ['../../secret', /no text file of the map/],
    ['logo.png', /no text file of the map/],
    ['src/big.js', /at most \d+ can be read/],
  ])('cannot read %s', async (path, reason) => {
    await start({ choose_files: ({ n }) => ({ files: n === 2 ? [path] : ['src/sum.js', 'src/old.js'] }) });
    const files = { ...PROJECT, 'src/big.js': `// ${'x'.repeat(300_000)}\n` };
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(files));
    expect(await toTheEnd(await submit({ kind: 'archive', sourceId }))).toMatchObject({
      status: 'completed',
    });
    expect(asked('choose_files', 2)).toMatch(reason);
  });

  it('never has QA put a test in the place of code', async () => {
    const good = SUM_ANSWERS['write_tests'] as { files: { path: string; content: string }[] };
    await start({
      write_tests: ({ n }) =>
        n === 1
          ? { files: [...good.files, { path: 'src/sum.js', content: 'export const add = () => 5;\n' }] }
          : good,
    });
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    expect(await toTheEnd(await submit({ kind: 'archive', sourceId }))).toMatchObject({
      status: 'completed',
    });
    expect(asked('write_tests', 1)).toMatch(/is code of the project/);
  });
});

describe('the tests that a project has', () => {
  const broken = answer(edit('a - b', 'a + b'), {
    path: 'src/name.js',
    content: "export const name = 'total';\n",
  });
  const chosen = { choose_files: () => ({ files: ['src/sum.js', 'src/name.js', 'src/old.js'] }) };

  it('have to go on passing: a change that breaks one goes back, whatever QA’s own tests say', async () => {
    await start({
      ...chosen,
      write_code: ({ attempt }) =>
        attempt === 1 ? broken : answer({ path: 'src/name.js', content: "export const name = 'sum';\n" }),
    });
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    const done = await toTheEnd(await submit({ kind: 'archive', sourceId }));
    expect(done).toMatchObject({ status: 'completed', iterationCount: 2 });
    expect(asked('write_code', 1)).toContain("A test of the project's own, in `test/old.test.js`");
    expect(asked('write_code', 1)).toContain('## has a name');
  });

  it('do not count when they failed before', async () => {
    await start({ ...chosen });
    const files = { ...PROJECT, 'test/failing.test.js': OLD_TEST.replace("'sum'", "'another'") };
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(files));
    expect(await toTheEnd(await submit({ kind: 'archive', sourceId }))).toMatchObject({
      status: 'completed',
      iterationCount: 1,
    });
  });

  it('may be replaced by QA, as the mission may change what they check', async () => {
    const good = SUM_ANSWERS['write_tests'] as { files: { path: string; content: string }[] };
    await start({
      ...chosen,
      write_code: () => broken,
      write_tests: () => ({
        files: [...good.files, { path: 'test/old.test.js', content: OLD_TEST.replace("'sum'", "'total'") }],
      }),
    });
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    const done = await toTheEnd(await submit({ kind: 'archive', sourceId }));
    expect(done).toMatchObject({ status: 'completed', iterationCount: 1 });
    expect(await readFile(join(done.workDir ?? '', 'test/old.test.js'), 'utf8')).toContain("'total'");
  });
});

describe('a retry of a mission on existing code', () => {
  it('keeps what a person did in the work folder and on the branch, and goes on beside it', async () => {
    let good = false;
    await start({
      write_code: ({ n }) =>
        good
          ? answer({ path: 'src/sum.js', content: 'export const add = (a, b) => a + b;\n' })
          : answer({ path: 'src/sum.js', content: `export const add = () => ${n};\n` }),
    });
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT));
    const sessionId = await submit({ kind: 'archive', sourceId }, { maxIterations: 2 });
    const stuck = await toTheEnd(sessionId);
    expect(stuck).toMatchObject({ status: 'needs_attention', iterationCount: 2 });
    const folder = stuck.workDir ?? '';
    const repository = join(folder, '.atelier/project.git');
    const branches = async () =>
      (await gitIn(repository, 'for-each-ref', '--format=%(refname:short)')).split('\n');
    const [branch = '', best = ''] = await branches();
    expect(best).toBe(`${branch}-best`);
    expect(await gitIn(repository, 'log', '-1', '--format=%s', best)).toContain('Attempt 1');
    const before = await gitIn(repository, 'rev-parse', branch);
    await writeFile(join(folder, 'src/sum.js'), 'export const add = () => "a person was here";\n');
    await writeFile(join(folder, 'notes.md'), 'mine');
    await gitIn(repository, 'branch', 'mine', before);

    good = true;
    await test.app.sessions.retry(caller, sessionId);
    expect(await go(sessionId)).toMatchObject({ status: 'completed', iterationCount: 3 });
    expect(await readFile(join(folder, 'src/sum.js'), 'utf8')).toContain('a person was here');
    expect(await readFile(join(folder, 'notes.md'), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, SET_ASIDE, 'src/sum.js'), 'utf8')).toContain('a + b');
    expect(await branches()).toContain('mine');
    expect(await gitIn(repository, 'merge-base', before, branch)).toBe(before);
    expect(await gitIn(repository, 'show', `${branch}:src/sum.js`)).toContain('a + b');
    expect(await test.events(sessionId)).toContainEqual(
      expect.objectContaining({ type: 'error', data: expect.objectContaining({ code: 'work_kept' }) }),
    );
  });
});
