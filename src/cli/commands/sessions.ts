import type { Command } from 'commander';
import type { SessionSummaryView } from '../../http/presenters/session.js';
import { addCommand, CALL, wholeNumber, type Run } from '../command-line.js';
import { ago, oneLine } from '../text.js';
import { statusWords } from '../watch-view.js';

interface Options {
  json?: boolean;
  status?: string;
  kind?: string;
  project?: string;
  search?: string;
  team?: boolean;
  limit: number;
}

/** `sessions`: lists one's own sessions, or everybody's. */
export function addSessions(program: Command, run: Run): void {
  addCommand(program, 'sessions', {
    about: 'List your sessions, the newest first.',
    examples: ['sessions', 'sessions --status awaiting_approval --json', 'sessions --team'],
  })
    .alias('list')
    .option('-s, --status <status>', 'only those in this status, such as awaiting_approval')
    .option('-k, --kind <kind>', 'only those of this kind, such as studio')
    .option('-p, --project <name>', 'only those of this project')
    .option('-q, --search <text>', 'only those whose mission or name has this text')
    .option('--team', "everybody's, for approvers and administrators")
    .option('-l, --limit <n>', 'how many at most', wholeNumber(1, 10_000), 20)
    .action((options: Options) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const { status, kind, project, search, limit, team = false } = options;
        const scope = team ? 'team' : undefined;
        const query = { scope, status, kind, project, q: search, limit: Math.min(limit, 100) };
        const sessions = await client.list<SessionSummaryView>('/sessions', query, limit);
        output.result(sessions, () =>
          output.table(
            ['SESSION', 'STATUS', 'AGE', ...(team ? ['OWNER'] : []), 'MISSION'],
            sessions.map((session) => [
              session.sessionId,
              statusWords(session.status),
              ago(session.createdAt).replace(' ago', ''),
              ...(team ? [oneLine(session.ownerName)] : []),
              oneLine(session.name ?? session.missionPreview),
            ]),
            `No sessions. Make one: ${CALL} submit "what is to be built"`,
          ),
        );
      }),
    );
}
