import type { Command } from 'commander';
import { ConflictError } from '../../core/errors.js';
import type { Decision } from '../../core/vocabulary.js';
import type { ApprovalView } from '../../http/presenters/approval.js';
import type { SessionView } from '../../http/presenters/session.js';
import type { AtelierClient } from '../client.js';
import { addCommand, type Run } from '../command-line.js';
import type { Output } from '../output.js';
import type { CommandContext } from '../run-command.js';
import { statusWords } from '../watch-view.js';
import { followOrHint, sessionPath } from './following.js';

interface Options {
  json?: boolean;
  comment?: string;
  target?: string;
  watch?: boolean;
  bypass?: string;
}

const BYPASS = [
  '--bypass <reason>',
  'as an administrator, decide past the policy of the gate; the audit log keeps the reason',
] as const;

const DONE: Readonly<Record<Decision, string>> = {
  approve: 'Approved',
  request_changes: 'Changes requested',
  reject: 'Rejected',
};

/** `approve`, `request-changes` and `reject`: decide the gate at which a session waits. */
export function addDecisions(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'approve <session>', {
    about: 'Approve what a session shows at its gate.',
    more: 'The work goes on from there.',
    examples: [
      `approve ${id}`,
      `approve ${id} --comment "Fine, keep it small"`,
      `approve ${id} --bypass "Everybody else is away, and it is urgent"`,
    ],
  })
    .option('-c, --comment <text>', 'a word for the record')
    .option(...BYPASS)
    .option('--watch', 'follow it until it ends or needs you again')
    .option('--no-watch', 'only decide')
    .action((session: string, options: Options) =>
      run(options, (context) => decide(context, session, 'approve', options)),
    );
  addCommand(program, 'request-changes <session> <comment...>', {
    about: 'Send a session back, saying what has to change.',
    examples: [
      `request-changes ${id} "Links must expire"`,
      `request-changes ${id} "Use SQLite" --target arch`,
    ],
  })
    .option('-t, --target <phase>', 'the phase to do it again, such as pm or arch')
    .option(...BYPASS)
    .option('--watch', 'follow it until it ends or needs you again')
    .option('--no-watch', 'only decide')
    .action((session: string, words: string[], options: Options) =>
      run(options, (context) =>
        decide(context, session, 'request_changes', { ...options, comment: words.join(' ') }),
      ),
    );
  addCommand(program, 'reject <session>', {
    about: 'Turn down what a session shows, and end it.',
    examples: [`reject ${id} --comment "We buy this instead"`],
  })
    .option('-c, --comment <text>', 'a word for the record')
    .option(...BYPASS)
    .action((session: string, options: Options) =>
      run(options, (context) => decide(context, session, 'reject', { ...options, watch: false })),
    );
}

async function decide(
  context: CommandContext,
  sessionId: string,
  decision: Decision,
  { comment, target, watch, bypass }: Options,
): Promise<number> {
  const connection = await context.connect({ worker: decision !== 'reject' && watch !== false });
  const approval = await openGate(connection.client, sessionId);
  await sendDecision(connection.client, approval, {
    decision,
    comment,
    target,
    bypass: bypass === undefined ? undefined : { reason: bypass },
  });
  sayDecision(context.output, approval, decision);
  if (decision !== 'reject') return followOrHint(context, connection, sessionId, watch);
  const session = await connection.client.get<SessionView>(sessionPath(sessionId));
  context.output.result(session, () => undefined);
  return 0;
}

/**
 * The gate at which a session waits, with what it shows.
 * @throws ConflictError `not_waiting` when it waits for no decision
 */
export async function openGate(client: AtelierClient, sessionId: string): Promise<ApprovalView> {
  const session = await client.get<SessionView>(sessionPath(sessionId));
  if (session.pendingApprovalId !== null) return client.get(`/approvals/${session.pendingApprovalId}`);
  throw new ConflictError(
    'not_waiting',
    `Session ${sessionId} waits for no decision: it is ${statusWords(session.status)}.`,
    { details: { status: session.status } },
  );
}

/**
 * Decides a gate for exactly the artifacts that `approval` lists.
 * @throws ApiError 409 when somebody else was faster or something else is shown by now
 */
export async function sendDecision(
  client: AtelierClient,
  approval: ApprovalView,
  wish: { decision: Decision; comment?: string; target?: string; bypass?: { reason: string } },
): Promise<void> {
  await client.write('POST', `/approvals/${approval.id}/decision`, {
    body: { ...wish, artifactHashes: approval.artifacts.map(({ sha256 }) => sha256) },
  });
}

/** Says what a decision was for. */
export function sayDecision(output: Output, approval: ApprovalView, decision: Decision): void {
  const shown = approval.artifacts.map(({ path, version }) => `${path} v${version}`).join(', ');
  output.line(`${output.style.green('✓')} ${DONE[decision]}: ${shown}`);
}
