import type { App } from '../../app.js';
import type { Caller } from '../../services/sessions.js';
import { presentSession, type SessionView } from '../presenters/session.js';

/** A session as it is now. @throws NotFoundError when the caller has no such session */
export async function shownSession(app: App, caller: Caller, sessionId: string): Promise<SessionView> {
  const [detail, budget] = await Promise.all([
    app.sessions.detail(caller, sessionId),
    app.budgets.state(caller, sessionId),
  ]);
  return presentSession(detail, budget);
}
