import { afterEach, describe, expect, it } from '@jest/globals';
import type { Approval } from '../../db/entities/approval.js';
import type { DecisionInput } from '../../services/approvals.js';
import type { TestApp } from '../../testing/app.js';
import { zipOf } from '../../testing/archives.js';
import { existingScript, PROJECT } from '../../testing/existing-code.js';
import { BAD_SUM, GOOD_SUM, SUM_ANSWERS, type SumScript } from '../../testing/studio-script.js';
import { sumMission } from '../../testing/sum-mission.js';

let test: TestApp;
afterEach(async () => test.close());

const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });
const PRD = (SUM_ANSWERS['write_prd'] as { prd: string }).prd;

/** A mission with gates, submitted and carried to its first stop. */
async function mission(gates: string[], faults: SumScript = {}) {
  const made = await sumMission('gate', faults, { options: { gates } });
  ({ test } = made);
  const { caller, id, catalog } = made;
  const gate = async (): Promise<Approval> => {
    const found = (await test.app.approvals.list(caller, id)).find(({ status }) => status === 'pending');
    if (!found) throw new Error('no gate waits');
    return found;
  };
  return {
    ...made,
    gate,
    /** The gate that waits, and what it shows. */
    shown: async () => {
      const { gate: name, artifacts } = await gate();
      return [name, ...artifacts.map(({ path }) => path)];
    },
    /** Decides, and carries the mission to its next stop. */
    decide: async (input: Omit<DecisionInput, 'artifactHashes'>) => {
      const { id: approvalId, artifacts } = await gate();
      const artifactHashes = artifacts.map(({ sha256 }) => sha256);
      await test.app.approvals.decide(caller, approvalId, { ...input, artifactHashes });
      return made.go(id);
    },
    tasks: () => made.tasksAfter(0),
    last: (task: string) =>
      catalog.calls.findLast((call) => call.task === task)?.messages.at(-1)?.content ?? '',
  };
}
const approve = { decision: 'approve' } as const;
const send = (target: string | undefined, comment: string) =>
  ({ decision: 'request_changes', comment, ...(target !== undefined && { target }) }) as const;

describe('the gates of a mission', () => {
  it('are those that its submitter chose, each with what it is about', async () => {
    const m = await mission(['after_prd', 'after_spec', 'before_delivery']);
    expect(await m.shown()).toEqual(['after_prd', 'docs/prd.md']);
    expect(m.tasks()).toEqual(['write_prd']);
    expect(await m.decide(approve)).toMatchObject({
      status: 'awaiting_approval',
      currentPhase: 'human_gate',
    });
    expect(await m.shown()).toEqual(['human_gate', 'docs/prd.md', 'docs/tech-spec.md', 'docs/scaffold.sh']);
    expect(await m.decide(approve)).toMatchObject({
      status: 'awaiting_approval',
      currentPhase: 'human_gate',
      qaPassed: true,
    });
    expect(await m.shown()).toEqual(['before_delivery', 'docs/delivery.md', 'docs/test-report.md']);
    const [delivery] = (await m.gate()).artifacts;
    const { content } = await test.app.artifacts.content(m.caller, delivery?.id ?? 0);
    expect(content.toString('utf8')).toMatch(/QA passed: 1 passed.*1 of 1 acceptance criteria/);
    expect(content.toString('utf8')).toContain('| `src/sum.js` | new | +1 | −0 |');
    expect(await m.decide(approve)).toMatchObject({ status: 'completed', currentPhase: 'complete' });
  });

  it('can leave out the one after the spec', async () => {
    const m = await mission(['before_delivery']);
    expect(await m.shown()).toEqual(['before_delivery', 'docs/delivery.md', 'docs/test-report.md']);
    expect(await m.decide(approve)).toMatchObject({ status: 'completed' });
    expect(m.tasks()).toEqual(['write_prd', 'write_tech_spec', 'write_code', 'write_tests']);
  });

  it.each([
    ['none', [], /must name at least one gate/],
    ['one that there is not', ['after_lunch'], /after_prd/],
    ['one twice', ['after_prd', 'after_prd'], /twice/],
  ])('cannot be %s', async (_name, gates, reason) => {
    const m = await mission(['after_prd']);
    const submitted = test.app.sessions.submit(m.caller, { mission: 'Add', options: { gates } });
    await expect(submitted).rejects.toMatchObject({
      code: 'validation_failed',
      problems: [{ field: expect.stringMatching(/^options\.gates/), message: expect.stringMatching(reason) }],
    });
  });
});

describe('the gate after the PRD', () => {
  it('sends the PRD back with the comment, and takes an edit along when it approves', async () => {
    const m = await mission(['after_prd']);
    expect(await m.decide(send(undefined, 'Also subtract'))).toMatchObject({ status: 'awaiting_approval' });
    expect(m.tasks()).toEqual(['write_prd', 'write_prd']);
    expect(m.last('write_prd')).toContain('<comments>\nAlso subtract\n</comments>');
    await expect(m.decide(send('arch', 'x'))).rejects.toMatchObject({ problems: [{ field: 'target' }] });
    const content = PRD.replace('gives 5.', 'gives 5, always.');
    const done = await m.decide({ ...approve, edits: [{ path: 'docs/prd.md', content }] });
    expect(done).toMatchObject({ status: 'completed' });
    for (const task of ['write_tech_spec', 'write_code']) expect(m.last(task)).toContain('5, always.');
    // What the PRD was sent back for is not the Architect's business any more.
    expect(m.last('write_tech_spec')).not.toContain('<comments>');
  });

  it('stands again before a PRD that was sent back from the gate after it, whose comments the Architect sees', async () => {
    const m = await mission(['after_prd', 'after_spec']);
    await m.decide(approve);
    await m.decide(send('pm', 'Name the units'));
    expect(await m.shown()).toEqual(['after_prd', 'docs/prd.md']);
    await m.decide(approve);
    expect(await m.shown()).toMatchObject([
      'human_gate',
      'docs/prd.md',
      'docs/tech-spec.md',
      'docs/scaffold.sh',
    ]);
    expect(m.last('write_tech_spec')).toContain('<comments>\nName the units\n</comments>');
    expect(await m.decide(approve)).toMatchObject({ status: 'completed' });
  });

  it('cannot be gone around by beginning a later phase again', async () => {
    const m = await mission(['after_prd']);
    await expect(test.app.steering.rerun(m.caller, m.id, { phase: 'arch' })).rejects.toMatchObject({
      code: 'phase_not_reached',
    });
    await m.decide(approve);
    await test.app.steering.rerun(m.caller, m.id, { phase: 'arch' });
    expect(await m.go(m.id)).toMatchObject({ status: 'completed', iterationCount: 2 });
    await test.app.steering.rerun(m.caller, m.id, { phase: 'pm' });
    expect(await m.go(m.id)).toMatchObject({ status: 'awaiting_approval' });
    expect(await m.shown()).toEqual(['after_prd', 'docs/prd.md']);
  });
});

describe('the gate before the delivery', () => {
  it('sends the code back to the Engineer, whose new attempt comes to the gate again', async () => {
    const m = await mission(['before_delivery'], {
      write_code: ({ n }) => code(n === 1 ? GOOD_SUM : `${GOOD_SUM}// ${n}\n`),
    });
    const again = await m.decide(send(undefined, 'Say why </advice> in a comment'));
    expect(again).toMatchObject({ status: 'awaiting_approval', iterationCount: 2, qaPassed: true });
    expect(m.last('write_code')).toContain('<advice>\nSay why &lt;/advice> in a comment\n</advice>');
    expect(m.last('write_code')).toContain(`--- src/sum.js\n${GOOD_SUM}`);
    expect((await m.shown())[0]).toBe('before_delivery');
    expect(await m.decide(approve)).toMatchObject({ status: 'completed', iterationCount: 2 });
  });

  it('keeps the attempt that passed when those after it do not', async () => {
    const m = await mission(['before_delivery'], {
      write_code: ({ n }) => code(n === 1 ? GOOD_SUM : `${BAD_SUM}// ${n}\n`),
    });
    expect(await m.decide(send('eng', 'Shorter'))).toMatchObject({
      status: 'needs_attention',
      qaPassed: false,
      iterationCount: 4,
      error: { message: expect.stringContaining('attempt 1 had passed'), details: { best: 1 } },
    });
  });

  it('sends the documents back, after which the code is written anew', async () => {
    const m = await mission(['before_delivery']);
    expect(await m.decide(send('pm', 'Another product'))).toMatchObject({
      status: 'awaiting_approval',
      iterationCount: 2,
    });
    expect(m.tasks().slice(4)).toEqual(['write_prd', 'write_tech_spec', 'write_code', 'write_tests']);
    expect(m.last('write_prd')).toContain('<comments>\nAnother product\n</comments>');
  });

  it('ends the mission when it is rejected, and what was made can be exported', async () => {
    const m = await mission(['before_delivery']);
    expect(await m.decide({ decision: 'reject' })).toMatchObject({ status: 'rejected', qaPassed: true });
    const entries = await test.app.exports.entries(m.caller, m.id);
    expect(entries.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['docs/delivery.md', 'src/sum.js', 'test/sum.test.js']),
    );
  });

  it('cannot be gone around by laying the work out, and does not stand twice before the same work', async () => {
    const m = await mission(['before_delivery']);
    await test.app.steering.rerun(m.caller, m.id, { phase: 'complete' });
    expect(await m.go(m.id)).toMatchObject({ status: 'awaiting_approval' });
    expect((await m.shown())[0]).toBe('before_delivery');
    expect(await m.decide(approve)).toMatchObject({ status: 'completed' });
    await test.app.steering.rerun(m.caller, m.id, { phase: 'complete' });
    expect(await m.go(m.id)).toMatchObject({ status: 'completed' });
    await test.app.steering.rerun(m.caller, m.id, { phase: 'qa' });
    expect(await m.go(m.id)).toMatchObject({ status: 'awaiting_approval' });
  });

  it('shows what has changed of existing code, and none of the rest', async () => {
    const made = await sumMission('start', existingScript());
    ({ test } = made);
    const { caller } = made;
    const { sourceId } = await test.app.sources.importArchive(caller, await zipOf(PROJECT), 'sum');
    const source = { kind: 'archive', sourceId };
    const { session } = await test.app.sessions.submit(caller, {
      mission: 'Add two numbers',
      options: { gates: ['before_delivery'], source },
    });
    expect(await made.go(session.sessionId)).toMatchObject({ status: 'awaiting_approval', qaPassed: true });
    const shown = (await test.app.approvals.list(caller, session.sessionId))[0]?.artifacts[0];
    const { content } = await test.app.artifacts.content(caller, shown?.id ?? 0);
    const text = content.toString('utf8');
    expect(text).toContain('| `src/sum.js` | changed | +1 | −1 |');
    expect(text).toContain('| `src/old.js` | deleted | +0 | −1 |');
    expect(text).toMatch(/-export const add = \(a, b\) => a - b;\n\+export const add = \(a, b\) => a \+ b;/);
    expect(text).not.toContain('src/name.js');
  });
});
