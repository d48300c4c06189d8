import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../app.js';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { echoKind } from '../../testing/echo-kind.js';
import { activeId, draft, promptOf, versionOfNewMission } from '../../testing/prompt-drafts.js';
import type { Caller } from '../sessions.js';

/** A kind whose prompts are rendered with a variable. */
const kind = {
  ...echoKind,
  profiles: echoKind.profiles.map((profile) => ({ ...profile, variables: ['language'] })),
};

describe('prompt versions', () => {
  let test: TestApp;
  let app: App;
  let author: Caller;
  let approver: Caller;

  beforeAll(async () => {
    test = await startTestApp({ kinds: [kind] });
    app = test.app;
    author = await test.person('approver');
    approver = await test.person('approver');
  });
  afterAll(async () => test.close());

  const auditOf = async (event: string): Promise<{ user_id: string; details: Record<string, unknown> }[]> =>
    app.dataSource.query(`SELECT user_id, details FROM audit_log WHERE event_type = $1 ORDER BY id`, [event]);

  it('are drafts with note, author, base and the model settings they were written with', async () => {
    const base = await activeId(app, 'pm');
    const made = await draft(app, author, 'pm', 'Write a short PRD.');
    expect(made).toMatchObject({
      profileName: 'pm',
      versionNumber: 2,
      note: 'Write a short PRD.',
      createdBy: author.userId,
      basedOnId: base,
      status: 'draft',
      isActive: false,
      modelSettings: { provider: 'anthropic', model: 'claude-sonnet-4-20250514', maxOutputTokens: null },
    });
    expect(await activeId(app, 'pm')).toBe(base);
    expect((await auditOf('prompt_drafted')).at(-1)).toMatchObject({
      user_id: author.userId,
      details: { profile: 'pm', version: 2 },
    });
  });

  it('never change, whoever tries', async () => {
    const { id } = await draft(app, author, 'arch', 'Be brief.');
    for (const change of [
      `prompt_content = 'x'`,
      `note = 'x'`,
      `version_number = 99`,
      `created_by = NULL, note = 'x'`,
    ])
      await expect(
        app.dataSource.query(`UPDATE prompt_versions SET ${change} WHERE id = $1`, [id]),
      ).rejects.toThrow('prompt versions never change');
  });

  it('are numbered without gaps however many are written at once', async () => {
    const before = (await app.prompts.list('qa')).length;
    await Promise.all(Array.from({ length: 8 }, (_, n) => draft(app, author, 'qa', `Draft ${n}`)));
    expect((await app.prompts.list('qa')).map(({ versionNumber }) => versionNumber)).toEqual(
      Array.from({ length: before + 8 }, (_, n) => before + 8 - n),
    );
  });

  it('are refused when they are no prompt, or one of another profile, or by somebody below approver', async () => {
    const attempt = (content: string) => app.promptWork.authoring.draft(author, { profile: 'pm', content });
    await expect(attempt('Just text')).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(attempt(promptOf('qa', 'Test.'))).rejects.toThrow('for another profile');
    await expect(attempt(promptOf('pm', 'Hello {{who}}'))).rejects.toMatchObject({
      problems: [{ field: 'who', message: expect.stringContaining('not declared') }],
    });
    const submitter = await test.person('submitter');
    await expect(draft(app, submitter, 'pm', 'Mine')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(draft(app, author, 'nobody', 'Mine')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('with a missing or unknown variable cannot be activated, and nothing changes', async () => {
    const active = await activeId(app, 'echo');
    const { switch: switching } = app.promptWork;
    const unknown = await draft(app, author, 'echo', '{{language}} {{mood}}', ['language', 'mood']);
    await expect(switching.activate(author, unknown.id, active)).rejects.toMatchObject({
      code: 'prompt_variables',
      httpStatus: 422,
      problems: [{ field: 'mood', message: expect.stringContaining('unknown') }],
    });
    const missing = await draft(app, author, 'echo', 'No variables');
    await expect(switching.activate(author, missing.id, active)).rejects.toMatchObject({
      problems: [{ field: 'language', message: expect.stringContaining('missing') }],
    });
    expect(await activeId(app, 'echo')).toBe(active);
    const right = await draft(app, author, 'echo', 'In {{language}}', ['language']);
    await expect(switching.activate(author, right.id, active)).resolves.toMatchObject({ isActive: true });
  });

  it('are activated by one of twenty who expect the same, in two processes; the others learn who it was', async () => {
    const other = await test.another();
    const expected = await activeId(app, 'eng');
    const drafts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => draft(app, author, 'eng', `Way ${n}`)),
    );
    const outcomes = await Promise.allSettled(
      drafts.map(({ id }, n) => (n % 2 ? app : other).promptWork.switch.activate(approver, id, expected)),
    );
    const won = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    const now = await activeId(app, 'eng');
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'stale_expectation',
          httpStatus: 409,
          details: {
            expectedActiveVersionId: expected,
            activeVersionId: now,
            activatedBy: approver.userId,
            activatedByName: 'approver',
          },
        });
    const [{ active }]: [{ active: number }] = await app.dataSource.query(
      `SELECT count(*)::integer AS active FROM prompt_versions WHERE profile_name = 'eng' AND is_active`,
    );
    expect(active).toBe(1);
    expect((await app.promptWork.switch.history('eng')).map(({ reason }) => reason)).toEqual([
      'activated',
      'seeded',
    ]);
  });

  it('hold for the next mission of every process and for none that has begun, also after a rollback', async () => {
    const other = await test.another();
    const first = await activeId(app, 'pm');
    const { session: running } = await app.sessions.submit(author, { mission: 'Add two numbers' });
    const second = await draft(app, author, 'pm', 'The second way.');
    await app.promptWork.switch.activate(author, second.id, first);
    expect(await versionOfNewMission(other, author, 'pm')).toBe(second.id);
    expect((await other.sessions.get(author, running.sessionId)).promptVersions['pm']).toBe(first);
    const back = await other.promptWork.switch.rollback(approver, 'pm', second.id);
    expect(back.id).toBe(first);
    expect(await versionOfNewMission(app, author, 'pm')).toBe(first);
    expect((await auditOf('prompt_rolled_back')).at(-1)).toMatchObject({
      user_id: approver.userId,
      details: { versionId: first, previousVersionId: second.id },
    });
    await expect(app.promptWork.switch.rollback(approver, 'pm', first)).rejects.toMatchObject({
      code: 'nothing_to_roll_back',
    });
    await expect(app.promptWork.switch.rollback(approver, 'pm', second.id)).rejects.toMatchObject({
      code: 'stale_expectation',
    });
  });

  it('need another person’s approval where the policy says so, but for going back', async () => {
    await app.settings.set('requirePromptApproval', true, author);
    try {
      const { authoring, switch: switching } = app.promptWork;
      const active = await activeId(app, 'arch');
      const { id } = await draft(app, author, 'arch', 'A better way.');
      await expect(switching.activate(approver, id, active)).rejects.toMatchObject({ code: 'not_approved' });
      expect(await authoring.propose(author, id)).toMatchObject({
        status: 'proposed',
        proposedBy: author.userId,
      });
      await expect(authoring.approve(author, id)).rejects.toMatchObject({ code: 'forbidden' });
      expect(await authoring.approve(approver, id)).toMatchObject({
        status: 'approved',
        approvedBy: approver.userId,
      });
      await expect(authoring.approve(approver, id)).rejects.toMatchObject({ code: 'already_approved' });
      await switching.activate(author, id, active);
      expect(await activeId(app, 'arch')).toBe(id);
      await expect(switching.rollback(author, 'arch', id)).resolves.toMatchObject({ id: active });
    } finally {
      await app.settings.set('requirePromptApproval', null, author);
    }
  });

  it('approved by their author while that was enough still need another person once it is not', async () => {
    const { authoring, switch: switching } = app.promptWork;
    const { id } = await draft(app, author, 'arch', 'My own way.');
    await authoring.approve(author, id);
    await app.settings.set('requirePromptApproval', true, author);
    try {
      const active = await activeId(app, 'arch');
      await expect(switching.activate(author, id, active)).rejects.toMatchObject({ code: 'not_approved' });
      await authoring.approve(approver, id);
      await expect(switching.activate(author, id, active)).resolves.toMatchObject({ isActive: true });
    } finally {
      await app.settings.set('requirePromptApproval', null, author);
    }
  });

  it('leave an audit chain that holds', async () => {
    const [{ broken }]: [{ broken: number }] = await app.dataSource.query(
      `SELECT count(*)::integer AS broken FROM audit_log a WHERE hash <> audit_row_hash(a)`,
    );
    expect(broken).toBe(0);
    expect((await auditOf('prompt_activated')).length).toBeGreaterThan(3);
  });
});
