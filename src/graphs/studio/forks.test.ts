import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../../services/sessions.js';
import { approve, type TestApp } from '../../testing/app.js';
import { answer, edit, existingScript, PROJECT } from '../../testing/existing-code.js';
import { gitIn, makeRepository } from '../../testing/git-repository.js';
import type { ScriptedCatalog } from '../../testing/scripted-model.js';
import { BAD_SUM, GOOD_SUM, type SumScript } from '../../testing/studio-script.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';

let test: TestApp;
let catalog: ScriptedCatalog;
let caller: Caller;
let go: SumMission['go'];
let effects: SumMission['effects'];
let tasksAfter: SumMission['tasksAfter'];
afterEach(async () => test.close());

const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });
const checkpoints = async (sessionId: string) => test.app.activity.history(caller, sessionId, 100);

type Options = Record<string, unknown>;
async function mission(
  to: 'gate' | 'end',
  faults: SumScript,
  options: Options,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const made = await sumMission(to, faults, { options }, env);
  ({ test, catalog, caller, go, effects, tasksAfter } = made);
  return made.id;
}
/** A mission that waits at its gate. */
const atGate = async (faults: SumScript = {}) => mission('gate', faults, {}, {});
/** A mission that has come to its end. */
const done = async (faults: SumScript = {}, options: Options = {}, env: NodeJS.ProcessEnv = {}) =>
  mission('end', faults, options, env);

describe('a fork', () => {
  it('at a gate waits at a gate of its own, and both go their own way', async () => {
    const id = await atGate();
    const { session: fork, created } = await test.app.steering.fork(caller, id, { name: 'The other way' });
    expect(created).toBe(true);
    expect(fork).toMatchObject({
      parentSessionId: id,
      name: 'The other way',
      status: 'pending',
      userMission: 'Add two numbers',
    });
    expect(await go(fork.sessionId)).toMatchObject({ status: 'awaiting_approval' });
    const [mine] = await test.app.approvals.list(caller, fork.sessionId);
    const own = await test.app.artifacts.list(caller, fork.sessionId);
    expect(mine?.artifacts.map((shown) => shown.id)).toEqual(own.map((row) => row.id));
    expect(own.map(({ filePath, version }) => [filePath, version])).toEqual([
      ['docs/prd.md', 1],
      ['docs/tech-spec.md', 1],
      ['docs/scaffold.sh', 1],
    ]);
    await approve(test.app, caller, fork.sessionId);
    const ended = await go(fork.sessionId);
    expect(ended).toMatchObject({ status: 'completed', qaPassed: true });
    const parent = await test.app.sessions.get(caller, id);
    expect(parent).toMatchObject({ status: 'awaiting_approval' });
    expect(ended.workDir).not.toBe(parent.workDir);
    await approve(test.app, caller, id);
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true });
  });

  it('from the gate of a session that has gone on waits at that gate again', async () => {
    const id = await done();
    const [gate] = await test.app.approvals.list(caller, id);
    const before = await effects(id);
    const { session: fork } = await test.app.steering.fork(caller, id, {
      checkpointId: gate?.checkpointId ?? '',
    });
    const calls = catalog.calls.length;
    expect(await go(fork.sessionId)).toMatchObject({
      status: 'awaiting_approval',
      iterationCount: 0,
      qaPassed: false,
    });
    expect(await test.app.artifacts.list(caller, fork.sessionId)).toHaveLength(3);
    await approve(test.app, caller, fork.sessionId);
    expect(await go(fork.sessionId)).toMatchObject({ status: 'completed' });
    expect(tasksAfter(calls)).toEqual(['write_code', 'write_tests']);
    expect(await effects(id)).toEqual(before);
  });

  it('from every checkpoint of a mission comes to the same end', async () => {
    const id = await done({ write_code: ({ attempt }) => code(attempt === 1 ? BAD_SUM : GOOD_SUM) });
    const before = await effects(id);
    for (const { checkpointId } of await checkpoints(id)) {
      const { session } = await test.app.steering.fork(caller, id, { checkpointId });
      let fork = await go(session.sessionId);
      if (fork.status === 'awaiting_approval') {
        await approve(test.app, caller, fork.sessionId);
        fork = await go(fork.sessionId);
      }
      expect(fork).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });
      expect((await readdir(fork.workDir ?? '')).toSorted()).toEqual(['docs', 'package.json', 'src', 'test']);
      expect(await readFile(join(fork.workDir ?? '', 'src/sum.js'), 'utf8')).toBe(GOOD_SUM);
      const exported = await test.app.exports.entries(caller, fork.sessionId);
      expect(exported.map(({ path }) => path)).toEqual(
        expect.arrayContaining(['src/sum.js', 'test/sum.test.js']),
      );
    }
    expect(await effects(id)).toEqual(before);
  });

  it('after the Engineer goes on with QA, and can be steered by itself', async () => {
    const id = await done();
    const all = (await checkpoints(id)).toReversed();
    const afterEng = all.at(-3)?.checkpointId ?? '';
    const { session } = await test.app.steering.fork(caller, id, { checkpointId: afterEng });
    const calls = catalog.calls.length;
    expect(await go(session.sessionId)).toMatchObject({ status: 'completed', iterationCount: 1 });
    expect(tasksAfter(calls)).toEqual(['write_tests']);
    await test.app.steering.rerun(caller, session.sessionId, { phase: 'eng' });
    expect(await go(session.sessionId)).toMatchObject({ status: 'completed', iterationCount: 2 });
    expect(await test.app.sessions.get(caller, id)).toMatchObject({ status: 'completed', iterationCount: 1 });
  });

  it('is made once per key, and refused for checkpoints and people that have no business there', async () => {
    const id = await atGate();
    const [one, two] = await Promise.all([1, 2].map(() => test.app.steering.fork(caller, id, {}, 'fork-1')));
    expect(one?.session.sessionId).toBe(two?.session.sessionId);
    expect(one?.created).not.toBe(two?.created);
    await expect(test.app.steering.fork(caller, id, { name: 'x' }, 'fork-1')).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    await expect(test.app.steering.fork(caller, id, { checkpointId: 'no-such' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(test.app.steering.fork(await test.person('submitter'), id)).rejects.toMatchObject({
      code: 'not_found',
    });
    const { session } = await test.app.sessions.submit(caller, { mission: 'Another' });
    await expect(test.app.steering.fork(caller, session.sessionId)).rejects.toMatchObject({
      code: 'nothing_to_fork',
    });
    const [foreign] = await checkpoints(id);
    await expect(
      test.app.steering.fork(caller, session.sessionId, { checkpointId: foreign?.checkpointId ?? '' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('steering a mission on existing code', () => {
  it('keeps base and attempts in forks, and counts reruns on as commits of the same branch', async () => {
    const room = await realpath(await mkdtemp(join(tmpdir(), 'atelier-steering-')));
    try {
      const origin = join(room, 'sum');
      const base = await makeRepository(origin, PROJECT);
      const script = existingScript({
        write_code: ({ n }) => answer(edit('a - b', n === 1 ? 'a * b' : 'a + b')),
        choose_files: () => ({ files: ['src/sum.js'] }),
      });
      const options = { source: { kind: 'git', url: `file://${origin}`, ref: 'main' }, maxIterations: 1 };
      const id = await done(script, options, { ATELIER_SOURCE_ROOTS: room });
      expect(await test.app.sessions.get(caller, id)).toMatchObject({ status: 'needs_attention' });

      const { session: fork } = await test.app.steering.fork(caller, id);
      await test.app.dataSource.query(`DELETE FROM sessions WHERE session_id = $1`, [id]);
      expect(await go(fork.sessionId)).toMatchObject({ status: 'needs_attention', iterationCount: 1 });
      await test.app.steering.rerun(caller, fork.sessionId, { phase: 'eng' });
      const mended = await go(fork.sessionId);
      expect(mended).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });
      const log = await gitIn(
        join(mended.workDir ?? '', '.atelier/project.git'),
        'log',
        '--all',
        '--format=%H %s',
      );
      expect(log.split('\n').map((line) => line.slice(41))).toEqual([
        'Attempt 2: Adds instead of subtracting.',
        'Attempt 1: Adds instead of subtracting.',
        expect.any(String),
      ]);
      expect(log).toContain(base);
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  });
});

describe('a comparison', () => {
  it('says what two sessions have in common, where they differ, and what each has cost', async () => {
    const id = await atGate({
      write_code: ({ n }) => code(n === 1 ? GOOD_SUM : `// another way\n${GOOD_SUM}`),
    });
    const { session: fork } = await test.app.steering.fork(caller, id);
    await approve(test.app, caller, id);
    await go(id);
    await go(fork.sessionId);
    await approve(test.app, caller, fork.sessionId);
    await go(fork.sessionId);
    const { a, b, artifacts, promptVersions } = await test.app.comparisons.compare(
      caller,
      id,
      fork.sessionId,
    );
    expect([a.tests, b.tests]).toEqual([
      { passed: 1, failed: 0, skipped: 0 },
      { passed: 1, failed: 0, skipped: 0 },
    ]);
    expect(a.tokens).toBeGreaterThan(b.tokens);
    const of = (path: string) => artifacts.find((artifact) => artifact.path === path);
    expect(of('docs/prd.md')).toMatchObject({ status: 'same', diff: null, truncated: false });
    expect(of('src/sum.js')).toMatchObject({ status: 'changed', truncated: false });
    expect(of('src/sum.js')?.diff).toContain('+// another way');
    expect(promptVersions.map(({ profile }) => profile)).toEqual(['arch', 'eng', 'pm', 'qa']);
    for (const { a: one, b: two } of promptVersions) expect(one).toBe(two);
    await expect(
      test.app.comparisons.compare(await test.person('submitter'), id, fork.sessionId),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
