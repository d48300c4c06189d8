import type { App } from '../../src/app.js';
import { sleep } from '../../src/core/clock.js';
import { newId } from '../../src/core/ids.js';
import type { ShownArtifact } from '../../src/db/entities/approval.js';
import type { Caller } from '../../src/services/sessions.js';
import type { Random } from './random.js';
import type { Witness } from './witness.js';

/** Missions that the rehearsal knows; each takes two rounds between Engineer and QA. */
const MISSIONS = [
  'Build a rate limiting library with a token bucket and a sliding window, an injected clock, state per key and an Express-style middleware.',
  'Build a terminal Minesweeper with seeded boards, flags, flood reveal, a text board and a script mode for tests.',
  'Build a command-line to-do list that keeps its items in a JSON file and knows due dates, priorities, tags and filters.',
];
/** How many decide one gate at the same moment. */
const DECIDERS = [1, 1, 2, 5, 50];

/** The people of a chaos run: they submit, insist when an answer fails to come, and click on gates too often. */
export class ChaosClient {
  /** Sessions that the system has accepted. */
  readonly accepted: string[] = [];
  /** Gates at which more than one decision was answered with success. */
  readonly doubleDecisions: string[] = [];
  private readonly deciding = new Set<string>();

  constructor(
    private readonly app: App,
    private readonly caller: Caller,
    private readonly witness: Witness,
    private readonly random: Random,
  ) {}

  /** Submits one mission until it is accepted: after an error, again under the same idempotency key. */
  async submit(index: number): Promise<string> {
    const key = newId();
    for (;;) {
      try {
        const mission = MISSIONS[index % MISSIONS.length];
        const { session } = await this.app.sessions.submit(this.caller, { mission, name: `#${index}` }, key);
        this.accepted.push(session.sessionId);
        return session.sessionId;
      } catch {
        await sleep(200);
      }
    }
  }

  /** Decides every gate that opens, until the signal aborts. */
  async decideAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const open = await this.witness.ask<{ id: string; artifacts: ShownArtifact[] }>(
        `SELECT a.id, a.artifacts FROM approvals a JOIN sessions s USING (session_id)
          WHERE a.status = 'pending' AND s.status = 'awaiting_approval'`,
      );
      for (const gate of open)
        if (!this.deciding.has(gate.id)) {
          this.deciding.add(gate.id);
          void this.decide(gate).finally(() => this.deciding.delete(gate.id));
        }
      await sleep(150);
    }
  }

  /** Dispatches the same session three times over, for a few sessions that are under way. */
  async dispatchThrice(): Promise<void> {
    const some = await this.witness.ask<{ session_id: string }>(
      `SELECT session_id FROM sessions WHERE status IN ('pending', 'running') ORDER BY random() LIMIT 5`,
    );
    for (const { session_id: sessionId } of some)
      await Promise.allSettled([1, 2, 3].map(() => this.app.queue.dispatch({ sessionId })));
  }

  private async decide(gate: { id: string; artifacts: ShownArtifact[] }): Promise<void> {
    await sleep(this.random.between(0, 800));
    const wish = {
      decision: 'approve' as const,
      artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
    };
    const deciders = this.random.pick(DECIDERS) ?? 1;
    const answers = await Promise.allSettled(
      Array.from({ length: deciders }, () => this.app.approvals.decide(this.caller, gate.id, wish)),
    );
    const agreed = answers.filter(({ status }) => status === 'fulfilled').length;
    if (agreed > 1) this.doubleDecisions.push(gate.id);
  }
}
