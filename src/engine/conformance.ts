import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { SESSION_STATUSES } from '../core/vocabulary.js';
import type { ModelCatalog } from '../adapters/llm/port.js';
import { repositories } from '../db/repositories/index.js';
import { parsePrompt } from '../services/prompts.js';
import type { Caller } from '../services/sessions.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import type { GraphKind } from './graph-kind.js';

/** One kind on trial. */
export interface KindTrial {
  kind: GraphKind;
  /** Whether the kind has to be brought along, because it is not built in. */
  bring: boolean;
  catalog: () => ModelCatalog;
  /** Does what makes the kind do one piece of work, and says which statuses it rests in afterwards. */
  work(test: TestApp, caller: Caller, sessionId: string): Promise<void>;
  submit: { mission?: string; options?: Record<string, unknown> };
  restsIn: readonly string[];
}

/** What the engine, API and panel rely on in every kind. A new kind runs this suite and is trusted. */
export function graphKindConformance(name: string, trial: KindTrial): void {
  describe(`the kind ${name}`, () => {
    const { kind } = trial;
    const statuses: readonly string[] = SESSION_STATUSES[kind.kind];
    let test: TestApp;
    let caller: Caller;

    beforeAll(async () => {
      test = await startTestApp({ catalog: trial.catalog(), kinds: trial.bring ? [kind] : [] });
      caller = await test.person();
      await test.app.startWorker();
    });
    afterAll(async () => test.close());

    it('uses only statuses that the database allows for it', () => {
      expect(statuses).toEqual(expect.arrayContaining(Object.values(kind.statuses)));
      for (const [from, to] of Object.entries(kind.transitions))
        expect(statuses).toEqual(expect.arrayContaining([from, ...to]));
    });

    it('says for every status what may follow, and can reach every status it lists', () => {
      expect(Object.keys(kind.transitions).toSorted()).toEqual([...statuses].toSorted());
      const reached = new Set<string>([kind.statuses.created]);
      for (let before = -1; before !== reached.size;) {
        before = reached.size;
        for (const status of [...reached])
          for (const next of kind.transitions[status as keyof typeof kind.transitions] ?? [])
            reached.add(next);
      }
      expect([...reached].toSorted()).toEqual([...statuses].toSorted());
    });

    it('names its phases once each, with labels', () => {
      expect(kind.phases.length).toBeGreaterThan(0);
      expect(new Set(kind.phases.map(({ id }) => id)).size).toBe(kind.phases.length);
      for (const { label } of kind.phases) expect(label).not.toBe('');
      for (const gate of Object.values(kind.gates))
        for (const target of gate.changeTargets) expect(kind.phases.map(({ id }) => id)).toContain(target);
    });

    it('brings a prompt for each profile, whose front matter names the profile', async () => {
      for (const profile of kind.profiles)
        expect(parsePrompt(await readFile(profile.prompt, 'utf8')).profile).toBe(profile.name);
    });

    it('refuses options it does not know', async () => {
      await expect(
        test.app.sessions.submit(caller, { kind: kind.kind, ...trial.submit, options: { noSuchOption: 1 } }),
      ).rejects.toMatchObject({
        code: 'validation_failed',
        message: expect.stringContaining('noSuchOption'),
      });
    });

    it('does its work, rests in a status it names, and wants no further run', async () => {
      const { session } = await test.app.sessions.submit(caller, { kind: kind.kind, ...trial.submit });
      await trial.work(test, caller, session.sessionId);
      const rested = await test.app.sessions.get(caller, session.sessionId);
      expect(trial.restsIn).toContain(rested.status);
      expect({
        wanted: rested.wakeSeq - rested.doneSeq,
        leaseOwner: rested.leaseOwner,
        error: rested.error,
      }).toEqual({
        wanted: 0,
        leaseOwner: null,
        error: null,
      });
      expect(rested.stateJson).not.toBeNull();
    });

    it('leaves one completed execution, one effect and one pair of audit entries per step', async () => {
      const { session } = await test.app.sessions.submit(caller, { kind: kind.kind, ...trial.submit });
      await trial.work(test, caller, session.sessionId);
      const db = test.app.dataSource;
      const executions = await repositories(db.manager).runs.listExecutions(session.sessionId, 0, 100);
      const keys = executions.map(({ stepKey }) => stepKey);
      expect(keys.length).toBeGreaterThan(0);
      expect(new Set(keys).size).toBe(keys.length);
      expect(executions.every(({ status }) => status === 'completed')).toBe(true);
      const effects: { step_key: string }[] = await db.query(
        'SELECT step_key FROM effects WHERE session_id = $1 ORDER BY created_at',
        [session.sessionId],
      );
      expect(effects.map((row) => row.step_key).toSorted()).toEqual(keys.map(String).toSorted());
      const audit: { event_type: string; n: number }[] = await db.query(
        `SELECT event_type, count(*)::integer AS n FROM audit_log
          WHERE session_id = $1 AND event_type LIKE 'agent%' GROUP BY event_type ORDER BY event_type`,
        [session.sessionId],
      );
      expect(audit).toEqual([
        { event_type: 'agent_completed', n: keys.length },
        { event_type: 'agent_started', n: keys.length },
      ]);
      for (const execution of executions) {
        expect(kind.phases.map(({ id }) => id)).toContain(execution.phase);
        expect(execution.promptVersionId === null || execution.promptVersionId > 0).toBe(true);
      }
    });

    it('numbers the events of its stream without gaps', async () => {
      const { session } = await test.app.sessions.submit(caller, { kind: kind.kind, ...trial.submit });
      await trial.work(test, caller, session.sessionId);
      const events = await test.events(session.sessionId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['status', 'phase', 'execution']),
      );
    });

    it('can be cancelled wherever its table says so, and does nothing more after', async () => {
      const { session } = await test.app.sessions.submit(caller, { kind: kind.kind, ...trial.submit });
      const cancelled = await test.app.sessions.cancel(caller, session.sessionId);
      expect(cancelled.status).toBe(kind.statuses.cancelled);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect((await test.app.sessions.get(caller, session.sessionId)).status).toBe(kind.statuses.cancelled);
    });
  });
}
