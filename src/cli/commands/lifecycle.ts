import type { Command } from 'commander';
import type { SessionView } from '../../http/presenters/session.js';
import { addCommand, CALL, type Run } from '../command-line.js';
import { followOrHint, sessionPath } from './following.js';

const ID = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';

/** `cancel`: stops a session. */
export function addCancel(program: Command, run: Run): void {
  addCommand(program, 'cancel <session>', {
    about: 'Stop a session. What it has made so far stays.',
    examples: [`cancel ${ID}`],
  }).action((id: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const session = await client.write<SessionView>('POST', `${sessionPath(id)}/cancel`);
      output.result(session, () => {
        output.line('Cancelled.');
        output.hint(`Take it up again: ${CALL} retry ${id}`);
      });
    }),
  );
}

/** `retry`: takes a session up again where it stood. */
export function addRetry(program: Command, run: Run): void {
  addCommand(program, 'retry <session>', {
    about: 'Take up a session again where it stood.',
    more: 'For those that failed, expired, were cancelled or need attention.',
    examples: [`retry ${ID}`, `retry ${ID} --advice "The dates are in UTC"`],
  })
    .option('-a, --advice <text>', 'what the agents should try, where the attempts were used up')
    .option('--watch', 'follow it until it ends or needs you')
    .option('--no-watch', 'only ask for it')
    .action((id: string, options: { json?: boolean; watch?: boolean; advice?: string }) =>
      run(options, async (context) => {
        const connection = await context.connect({ worker: options.watch !== false });
        const { advice } = options;
        await connection.client.write('POST', `${sessionPath(id)}/retry`, {
          ...(advice !== undefined && { body: { advice } }),
        });
        return followOrHint(context, connection, id, options.watch);
      }),
    );
}
