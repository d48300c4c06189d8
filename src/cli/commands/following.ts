import type { ApprovalView } from '../../http/presenters/approval.js';
import type { SessionView } from '../../http/presenters/session.js';
import { CALL } from '../command-line.js';
import { followMission } from '../follow.js';
import type { Connection } from '../locate-server.js';
import { exitCodeFor, sayOutcome } from '../outcome.js';
import type { CommandContext } from '../run-command.js';
import { oneLine } from '../text.js';

/** The path of a session in the API. */
export function sessionPath(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

/**
 * Follows a session and says how it stands at the end: what `watch` does, and `submit` and the decisions when
 * nobody else works on it.
 * @param through whether to stay at gates until somebody has decided
 * @returns the exit code
 */
export async function follow(
  { output }: CommandContext,
  { client, lasting }: Connection,
  sessionId: string,
  through = false,
): Promise<number> {
  const before = await client.get<SessionView>(sessionPath(sessionId));
  output.line(output.style.bold(oneLine(before.mission)));
  output.line(output.style.dim(`session ${before.sessionId} at ${client.url}`));
  output.line();
  let approval: ApprovalView | undefined;
  try {
    const { session } = await followMission(before.sessionId, {
      client,
      output,
      atGate: async (_session, approvalId) => {
        approval = await client.get<ApprovalView>(`/approvals/${approvalId}`);
        return through ? 'go on' : 'stop';
      },
    });
    output.line();
    const open = session.pendingApprovalId !== null && session.pendingApprovalId === approval?.id;
    output.result(session, () => sayOutcome(output, session, open ? approval : undefined));
    return exitCodeFor(session);
  } catch (error) {
    if (!lasting)
      output.hint(
        `Nothing is lost. Go on with: ${CALL} watch ${sessionId} (or npm start, which works on all).`,
      );
    throw error;
  }
}

/**
 * What follows a submission or a decision: following, where this command is the one that works on the session or
 * was asked to, else a word on how to follow.
 * @param watch the option --watch or --no-watch; undefined when neither was given
 */
export async function followOrHint(
  context: CommandContext,
  connection: Connection,
  sessionId: string,
  watch: boolean | undefined,
): Promise<number> {
  if (watch ?? !connection.lasting) return follow(context, connection, sessionId);
  const { output } = context;
  const session = await connection.client.get<SessionView>(sessionPath(sessionId));
  output.result(session, () => {
    output.line(`Session ${sessionId}`);
    const nobody = connection.lasting ? '' : 'No server works on it now. ';
    output.hint(`${nobody}Follow it: ${CALL} watch ${sessionId}`);
  });
  return 0;
}
