import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { approve, startTestApp, type TestApp } from '../../testing/app.js';
import type { ScriptedCatalog } from '../../testing/scripted-model.js';
import { BAD_SUM, GOOD_SUM, sumCatalog, SUM_ANSWERS, type SumScript } from '../../testing/studio-script.js';
import type { Caller } from '../../services/sessions.js';

const idle = new AbortController().signal;
let test: TestApp;
let catalog: ScriptedCatalog;
let caller: Caller;
afterEach(async () => test.close());

const PRD = (SUM_ANSWERS['write_prd'] as { prd: string }).prd;
const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });

/** A mission that has come to its gate. */
async function atGate(faults: SumScript = {}, options: Record<string, unknown> = {}): Promise<string> {
  catalog = sumCatalog(faults);
  test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
  caller = await test.person();
  const { session } = await test.app.sessions.submit(caller, { mission: 'Add two numbers', options });
  await go(session.sessionId);
  return session.sessionId;
}
async function done(faults: SumScript = {}, options: Record<string, unknown> = {}): Promise<string> {
  const id = await atGate(faults, options);
  await approve(test.app, caller, id);
  await go(id);
  return id;
}
/** Carries a session to its next stop. */
async function go(sessionId: string) {
  await test.app.runner.run(sessionId, idle);
  return test.app.sessions.get(caller, sessionId);
}
const tasksAfter = (calls: number): string[] => catalog.calls.slice(calls).map(({ task }) => task);
const effects = async (sessionId: string): Promise<string[]> =>
  (
    await test.app.dataSource.query(
      `SELECT step_key FROM effects WHERE session_id = $1 ORDER BY created_at`,
      [sessionId],
    )
  ).map((row: { step_key: string }) => row.step_key);
const checkpoints = async (sessionId: string) => test.app.activity.history(caller, sessionId, 100);

describe('a rerun', () => {
  it.each([
    ['pm', ['write_prd', 'write_tech_spec'], ['write_code', 'write_tests']],
    ['arch', ['write_tech_spec'], ['write_code', 'write_tests']],
    ['human_gate', [], ['write_code', 'write_tests']],
  ])('from %s does that and what follows again, over a gate of its own', async (phase, before, after) => {
    const id = await done();
    const old = await effects(id);
    const calls = catalog.calls.length;
    const wanted = await test.app.steering.rerun(caller, id, { phase });
    expect(wanted).toMatchObject({
      status: 'pending',
      currentPhase: phase,
      qaPassed: false,
      completedAt: null,
    });
    expect(await go(id)).toMatchObject({ status: 'awaiting_approval', steer: null, qaPassed: false });
    expect(tasksAfter(calls)).toEqual(before);
    await approve(test.app, caller, id);
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });
    expect(tasksAfter(calls)).toEqual([...before, ...after]);
    const keys = await effects(id);
    expect(keys.slice(0, old.length)).toEqual(old);
    expect(keys.length).toBeGreaterThan(old.length);
    expect((await test.app.approvals.list(caller, id)).map(({ status }) => status)).toEqual([
      'approved',
      'approved',
    ]);
  });

  it('from the Engineer writes the code anew, with the same documents and the same tests', async () => {
    const id = await done({ write_code: ({ n }) => code(`${GOOD_SUM}// ${n}\n`) });
    const calls = catalog.calls.length;
    await test.app.steering.rerun(caller, id, { phase: 'eng' });
    const again = await go(id);
    expect(again).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });
    expect(tasksAfter(calls)).toEqual(['write_code']);
    expect(catalog.calls.at(-1)?.messages.at(-1)?.content).not.toContain('// 1');
    expect(await readFile(join(again.workDir ?? '', 'src/sum.js'), 'utf8')).toContain('// 2');
    expect(await effects(id)).toEqual(expect.arrayContaining(['eng:0:1', 'eng:1:2', 'qa:0:1', 'qa:1:2']));
  });

  it('from QA judges the same code with the same tests once more', async () => {
    const id = await done();
    const calls = catalog.calls.length;
    await test.app.steering.rerun(caller, id, { phase: 'qa' });
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 1 });
    expect(tasksAfter(calls)).toEqual([]);
    expect(await effects(id)).toEqual(expect.arrayContaining(['qa:0:1', 'qa:1:1']));
  });

  it('of the last phase lays the work out again', async () => {
    const id = await done();
    const { workDir } = await test.app.sessions.get(caller, id);
    await rm(join(workDir ?? '', 'src'), { recursive: true });
    await test.app.steering.rerun(caller, id, { phase: 'complete' });
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true });
    expect(await readFile(join(workDir ?? '', 'src/sum.js'), 'utf8')).toBe(GOOD_SUM);
  });

  it('at the gate supersedes what waits there', async () => {
    const id = await atGate();
    const [first] = await test.app.approvals.list(caller, id);
    await test.app.steering.rerun(caller, id, { phase: 'arch' });
    await expect(
      test.app.approvals.decide(caller, first?.id ?? '', {
        decision: 'approve',
        artifactHashes: (first?.artifacts ?? []).map(({ sha256 }) => sha256),
      }),
    ).rejects.toMatchObject({ code: 'already_decided' });
    expect(await go(id)).toMatchObject({ status: 'awaiting_approval' });
    expect((await test.app.approvals.list(caller, id)).map(({ status }) => status)).toEqual([
      'superseded',
      'pending',
    ]);
  });

  it('gives a mission that ran out of attempts as many as it had', async () => {
    const id = await done(
      { write_code: ({ n }) => code(n > 3 ? GOOD_SUM : `${BAD_SUM}// ${n}\n`) },
      { maxIterations: 2 },
    );
    expect(await test.app.sessions.get(caller, id)).toMatchObject({
      status: 'needs_attention',
      iterationCount: 2,
    });
    await test.app.steering.rerun(caller, id, { phase: 'eng' });
    expect(await go(id)).toMatchObject({
      status: 'completed',
      iterationCount: 4,
      qaPassed: true,
      error: null,
    });
  });

  it('goes on with edited documents, and has the tests written anew from them', async () => {
    const id = await done();
    const calls = catalog.calls.length;
    const content = PRD.replace('gives 5.', 'gives 5, always.');
    await test.app.steering.rerun(caller, id, { phase: 'eng', edits: [{ path: 'docs/prd.md', content }] });
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true });
    expect(tasksAfter(calls)).toEqual(['write_code', 'write_tests']);
    for (const { messages } of catalog.calls.slice(calls))
      expect(messages.at(-1)?.content).toContain('5, always.');
    const versions = (await test.app.artifacts.list(caller, id)).filter(
      ({ filePath }) => filePath === 'docs/prd.md',
    );
    expect(versions.map(({ version, metadata }) => [version, metadata['editedBy']])).toEqual([
      [1, undefined],
      [2, caller.userId],
    ]);
  });

  it('cannot go around the gate', async () => {
    const id = await atGate();
    for (const phase of ['eng', 'qa', 'complete'])
      await expect(test.app.steering.rerun(caller, id, { phase })).rejects.toMatchObject({
        code: 'phase_not_reached',
      });
    await test.app.sessions.cancel(caller, id);
    await expect(
      test.app.steering.rerun(caller, id, { phase: 'eng', edits: [{ path: 'docs/prd.md', content: PRD }] }),
    ).rejects.toMatchObject({ code: 'phase_not_reached' });
  });

  it('after a rerun of the documents needs their approval before the code', async () => {
    const id = await done();
    await test.app.steering.rerun(caller, id, { phase: 'pm' });
    await go(id);
    await expect(test.app.steering.rerun(caller, id, { phase: 'eng' })).rejects.toMatchObject({
      code: 'phase_not_reached',
    });
  });

  it('is refused while a run is wanted, for phases and paths there are not, and for strangers', async () => {
    const id = await done();
    const rerun = test.app.steering.rerun.bind(test.app.steering);
    await expect(rerun(caller, id, { phase: 'nowhere' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await expect(rerun(caller, id, { phase: 'toString' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    for (const [phase, path] of [
      ['pm', 'docs/prd.md'],
      ['eng', 'src/sum.js'],
    ] as const)
      await expect(rerun(caller, id, { phase, edits: [{ path, content: 'x' }] })).rejects.toMatchObject({
        problems: [{ field: 'edits.0.path', message: expect.stringContaining(path) }],
      });
    await expect(rerun(await test.person(), id, { phase: 'pm' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(rerun({ ...caller, role: 'viewer' }, id, { phase: 'pm' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await rerun(caller, id, { phase: 'pm' });
    await expect(rerun(caller, id, { phase: 'pm' })).rejects.toMatchObject({ code: 'busy' });
  });

  it('happens once, though the process dies after its checkpoint and before the request is cleared', async () => {
    const id = await done();
    await test.app.steering.rerun(caller, id, { phase: 'eng' });
    const { steer } = await test.app.sessions.get(caller, id);
    await go(id);
    const keys = await effects(id);
    const calls = catalog.calls.length;
    // As such a death leaves it: the checkpoint knows the request, and the row still has it.
    await test.app.dataSource.query(
      `UPDATE sessions SET steer = $2, wake_seq = wake_seq + 1, status = 'pending' WHERE session_id = $1`,
      [id, steer],
    );
    expect(await go(id)).toMatchObject({ status: 'completed', steer: null, iterationCount: 2 });
    expect(await effects(id)).toEqual(keys);
    expect(catalog.calls.length).toBe(calls);
  });

  it('goes on where it stood when its run is sent away in the middle', async () => {
    const leave = new AbortController();
    const id = await done({
      write_code: ({ n }) => {
        if (n === 2) leave.abort();
        return undefined;
      },
    });
    await test.app.steering.rerun(caller, id, { phase: 'eng' });
    expect(await test.app.runner.run(id, leave.signal)).toBe('released');
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 2 });
    const keys = await effects(id);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key.startsWith('eng:'))).toEqual(['eng:0:1', 'eng:1:2']);
  });
});

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
    expect([one?.created, two?.created].map(String).toSorted()).toEqual(['false', 'true']);
    await expect(test.app.steering.fork(caller, id, { name: 'x' }, 'fork-1')).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    await expect(test.app.steering.fork(caller, id, { checkpointId: 'no-such' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(test.app.steering.fork(await test.person(), id)).rejects.toMatchObject({
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
    await expect(test.app.comparisons.compare(await test.person(), id, fork.sessionId)).rejects.toMatchObject(
      { code: 'not_found' },
    );
  });
});
