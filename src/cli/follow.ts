import { setTimeout as delay } from 'node:timers/promises';
import type { EventView } from '../http/presenters/event.js';
import type { SessionView } from '../http/presenters/session.js';
import type { AtelierClient } from './client.js';
import { hasEnded, MissionProgress } from './mission-progress.js';
import type { Output } from './output.js';
import { textOf } from './text.js';
import { missionView } from './watch-view.js';

/**
 * A stream says nothing about its end being reached. When it has been quiet for this long, what it told last is
 * how things stand.
 */
const QUIET_MS = 250;
/**
 * How long the stream may owe the event that goes with what the session's row says; then the events are no longer
 * kept, and the row is believed.
 */
const OWED_MS = 5000;

/** What to do at a gate: go on following (it was decided, or somebody else may), or stop. */
export type AtGate = (session: SessionView, approvalId: string) => Promise<'go on' | 'stop'>;

export interface FollowOptions {
  client: AtelierClient;
  output: Output;
  /** Called once for each gate that is open. */
  atGate: AtGate;
}

/** A followed mission: how it stands, and how it got there. */
export interface Followed {
  session: SessionView;
  progress: MissionProgress;
}

/**
 * Shows a mission from its beginning until it ends or stops at a gate.
 * @throws ApiError when there is no such session; UnavailableError when the server goes away
 */
export async function followMission(sessionId: string, options: FollowOptions): Promise<Followed> {
  const { client, output, atGate } = options;
  const path = `/sessions/${encodeURIComponent(sessionId)}`;
  let session = await client.get<SessionView>(path);
  const progress = new MissionProgress(session);
  const view = missionView(output, progress);
  const leave = new AbortController();
  const events = client.events(sessionId, 0, leave.signal);
  const asked = new Set<string>();
  const heard = { gates: new Set<unknown>(), status: '', at: Date.now() };
  let next = events.next();
  // A session that stands still may have no more events to tell, so it is looked at once in any case.
  let look = true;
  view.update();
  try {
    for (;;) {
      const event: IteratorResult<EventView, void> | undefined = look
        ? await Promise.race([next, delay(QUIET_MS, undefined)])
        : await next;
      if (event !== undefined) {
        if (event.done) return { session, progress };
        progress.apply(event.value);
        view.update(event.value);
        if (event.value.type === 'approval') heard.gates.add(event.value.data['id']);
        if (event.value.type === 'status') {
          heard.status = textOf(event.value.data['status']);
          look = true;
        }
        heard.at = Date.now();
        next = events.next();
        continue;
      }
      session = await client.get<SessionView>(path);
      const { pendingApprovalId } = session;
      const ended = hasEnded(session.status);
      const owed = ended
        ? heard.status !== session.status
        : pendingApprovalId !== null && !heard.gates.has(pendingApprovalId);
      if (owed && Date.now() - heard.at < OWED_MS) continue;
      look = false;
      if (ended) return { session, progress };
      if (pendingApprovalId === null || asked.has(pendingApprovalId)) continue;
      asked.add(pendingApprovalId);
      view.pause();
      if ((await atGate(session, pendingApprovalId)) === 'stop')
        return { session: await client.get<SessionView>(path), progress };
      view.update();
    }
  } finally {
    view.pause();
    leave.abort();
    await next.catch(() => undefined);
  }
}
