import { newId } from '../../core/ids.js';
import type { ApprovalView } from '../../http/presenters/approval.js';
import type { SessionView } from '../../http/presenters/session.js';
import { CALL, commandOn, usedRightly } from '../command-line.js';
import { sayDecision, sendDecision } from '../commands/decide.js';
import { followMission, type AtGate } from '../follow.js';
import type { PanelMaker } from '../host.js';
import { takeFirstLogin } from '../local-access.js';
import type { Connection } from '../locate-server.js';
import { exitCodeFor, sayOutcome } from '../outcome.js';
import { runCommand, type CliStreams, type CommandContext } from '../run-command.js';
import { oneLine } from '../text.js';
import { askAtGate } from './gate.js';
import { reportOn, sayReport } from './report.js';

const MISSION = 'A URL shortener with click statistics';

interface DemoWish {
  mission: string;
  yes: boolean;
  json: boolean;
}

/**
 * `npm run demo`: one mission from the idea to tested code, with the person at the terminal as the approver.
 * @returns the exit code: 0 completed, rejected or waiting at the gate, 1 failed, 2 wrong use
 */
export async function demo(
  args: readonly string[],
  streams: CliStreams = process,
  panel?: PanelMaker,
): Promise<number> {
  let wish: DemoWish = { mission: MISSION, yes: false, json: false };
  const line = commandOn(streams, 'npm run demo --')
    .description('Takes a mission from the idea to tested code, live.')
    .argument('[mission...]', 'what is to be built', [MISSION])
    .option('-y, --yes', 'approve at the human gate without asking')
    .option('--json', 'print one JSON document at the end, and nothing else on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npm run demo\n  $ npm run demo -- "A to-do list for the terminal" --yes',
    )
    .action((words: string[], { yes = false, json = false }: Partial<DemoWish>) => {
      wish = { mission: words.join(' ').trim() || MISSION, yes, json };
    });
  const ended = await usedRightly(() => line.parse([...args], { from: 'user' }));
  return ended ?? runCommand(streams, { json: wish.json }, (context) => play(context, wish, panel));
}

async function play(context: CommandContext, wish: DemoWish, panel?: PanelMaker): Promise<number> {
  const { output } = context;
  const { style } = output;
  output.line(`${style.bold('Atelier')}  ${oneLine(wish.mission)}`);
  const connection = await context.connect({ worker: true, panel });
  const { client } = connection;
  const { sessionId } = await client.write<SessionView>('POST', '/sessions', {
    body: { kind: 'studio', mission: wish.mission },
    headers: { 'idempotency-key': newId() },
  });
  output.line(style.dim(`session ${sessionId} at ${client.url}`));
  output.line();
  let approval: ApprovalView | undefined;
  const atGate: AtGate = async (_session, approvalId) => {
    approval = await client.get<ApprovalView>(`/approvals/${approvalId}`);
    return answerGate(context, connection, approval, wish);
  };
  try {
    const followed = await followMission(sessionId, { client, output, atGate });
    const { session } = followed;
    const told = await reportOn(client, followed);
    output.line();
    if (session.status === 'completed') sayReport(output, session, told);
    else sayOutcome(output, session, session.pendingApprovalId === approval?.id ? approval : undefined);
    output.result(told.report, () => undefined);
    return exitCodeFor(session);
  } catch (error) {
    output.hint(`\nNothing is lost. The session goes on with: ${CALL} watch ${sessionId}`);
    throw error;
  }
}

/** Approves by itself, asks, or leaves the decision for later, by what the person wanted and can be asked. */
async function answerGate(
  { output, streams, signal, config }: CommandContext,
  { client }: Connection,
  approval: ApprovalView,
  wish: DemoWish,
): Promise<'go on' | 'stop'> {
  // A mission that is stuck asks for help, and "yes" is none.
  if (wish.yes && approval.gate !== 'stuck') {
    await sendDecision(client, approval, { decision: 'approve' });
    sayDecision(output, approval, 'approve');
    return 'go on';
  }
  const askable = streams.stdin.isTTY && streams.stdout.isTTY === true && !wish.json;
  if (!askable) return 'stop';
  output.line();
  output.line(`In the browser, while this runs: ${client.url}/admin/pages/review?id=${approval.id}`);
  const login = await takeFirstLogin(config.dataDir);
  if (login) output.line(`  sign in as ${login.email} with ${login.password} (shown this once)`);
  await askAtGate(client, output, approval, signal);
  return 'go on';
}
