import type { Command } from 'commander';
import type { SessionSummaryView } from '../../http/presenters/session.js';
import type { AtelierClient } from '../client.js';
import { addCommand, CALL, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { follow } from './following.js';

/** `watch`: shows a session live. */
export function addWatch(program: Command, run: Run): void {
  addCommand(program, 'watch [session]', {
    about: 'Show a session live until it ends or needs you.',
    more: 'Without an id it is your newest one. Where no server runs, this command works on it itself.',
    examples: ['watch', 'watch 0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22 --through'],
  })
    .option('--through', 'stay at the gate until somebody has decided')
    .action((session: string | undefined, options: { json?: boolean; through?: boolean }) =>
      run(options, async (context) => {
        const connection = await context.connect({ worker: true });
        const sessionId = session ?? (await newestSession(connection.client));
        return follow(context, connection, sessionId, options.through === true);
      }),
    );
}

/** The caller's newest session. @throws UsageError when there is none */
export async function newestSession(client: AtelierClient): Promise<string> {
  const [newest] = await client.list<SessionSummaryView>('/sessions', { limit: 1 }, 1);
  if (newest) return newest.sessionId;
  throw new UsageError(`There is no session yet. Make one: ${CALL} submit "what is to be built"`);
}
