import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '../../services/sessions.js';
import { approve, type TestApp } from '../../testing/app.js';
import type { ScriptedCatalog } from '../../testing/scripted-model.js';
import { BAD_SUM, GOOD_SUM, SUM_ANSWERS, type SumScript } from '../../testing/studio-script.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';

let test: TestApp;
let catalog: ScriptedCatalog;
let caller: Caller;
let go: SumMission['go'];
let effects: SumMission['effects'];
let tasksAfter: SumMission['tasksAfter'];
afterEach(async () => test.close());

const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });
const PRD = (SUM_ANSWERS['write_prd'] as { prd: string }).prd;

type Options = Record<string, unknown>;
async function mission(to: 'gate' | 'end', faults: SumScript, options: Options): Promise<string> {
  const made = await sumMission(to, faults, { options });
  ({ test, catalog, caller, go, effects, tasksAfter } = made);
  return made.id;
}
/** A mission that waits at its gate. */
const atGate = async (faults: SumScript = {}) => mission('gate', faults, {});
/** A mission that has come to its end. */
const done = async (faults: SumScript = {}, options: Options = {}) => mission('end', faults, options);

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
    const last = catalog.calls.at(-1);
    expect(last?.messages.at(-1)?.content).not.toContain('// 1');
    expect(last?.attempt).toBe(1);
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

  it('takes up a mission that was rejected', async () => {
    const id = await atGate();
    const [gate] = await test.app.approvals.list(caller, id);
    const artifactHashes = (gate?.artifacts ?? []).map(({ sha256 }) => sha256);
    await test.app.approvals.decide(caller, gate?.id ?? '', { decision: 'reject', artifactHashes });
    await test.app.steering.rerun(caller, id, { phase: 'pm' });
    expect(await go(id)).toMatchObject({ status: 'awaiting_approval' });
    expect(await effects(id)).toEqual(['pm:0', 'arch:0', 'pm:1', 'arch:1']);
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
    await expect(rerun(await test.person('submitter'), id, { phase: 'pm' })).rejects.toMatchObject({
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

describe('an export after a rerun', () => {
  it('holds what the new work is made of, and nothing of the old', async () => {
    const id = await done({
      write_code: ({ n }) => ({
        summary: 'Adds.',
        files: [
          { path: 'src/sum.js', content: GOOD_SUM },
          ...(n === 1 ? [{ path: 'src/gone.js', content: 'export {};\n' }] : []),
        ],
      }),
    });
    const paths = async () => (await test.app.exports.entries(caller, id)).map(({ path }) => path);
    expect(await paths()).toContain('src/gone.js');
    await test.app.steering.rerun(caller, id, { phase: 'eng' });
    const { workDir } = await go(id);
    expect(await paths()).not.toContain('src/gone.js');
    expect(await paths()).toEqual(expect.arrayContaining(['docs/prd.md', 'package.json', 'src/sum.js']));
    expect(await readdir(join(workDir ?? '', 'src'))).toEqual(['sum.js']);
  });
});
