import type { Command } from 'commander';
import { newId } from '../../core/ids.js';
import type { SessionView } from '../../http/presenters/session.js';
import { addCommand, type Run } from '../command-line.js';
import { followOrHint, sessionPath } from './following.js';

interface Options {
  json?: boolean;
  checkpoint?: string;
  name?: string;
  idempotencyKey?: string;
  watch?: boolean;
}

/** `fork`: goes on from a saved state as a session of its own. */
export function addFork(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'fork <session>', {
    about: 'Go on from a saved state, as a session of its own.',
    more: 'The other session stays as it is; compare tells them apart.',
    examples: [`fork ${id} --name "With SQLite"`],
  })
    .option('--checkpoint <id>', 'the saved state; the newest unless given')
    .option('-n, --name <name>', 'a name for lists')
    .option('--idempotency-key <key>', 'the same key never makes a second fork')
    .option('--watch', 'follow it until it ends or needs you')
    .option('--no-watch', 'only make it')
    .action((session: string, options: Options) =>
      run(options, async (context) => {
        const connection = await context.connect({ worker: options.watch !== false });
        const path = `${sessionPath(session)}/fork`;
        const { sessionId } = await connection.client.write<SessionView>('POST', path, {
          body: { checkpointId: options.checkpoint, name: options.name },
          headers: { 'idempotency-key': options.idempotencyKey ?? newId() },
        });
        return followOrHint(context, connection, sessionId, options.watch);
      }),
    );
}
