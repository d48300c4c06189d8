import type { Command } from 'commander';
import { addCommand, type Run } from '../command-line.js';
import { plural } from '../text.js';

/** `migrate`: brings the database's schema up to date, or takes the newest migration back. */
export function addMigrate(program: Command, run: Run): void {
  addCommand(program, 'migrate', {
    about: 'Bring the database up to date.',
    more: 'Every start does that by itself, too.',
    examples: ['migrate', 'migrate --revert'],
  })
    .option('--revert', 'take the newest migration back instead')
    .action(({ revert, ...options }: { json?: boolean; revert?: boolean }) =>
      run(options, async ({ config, output }) => {
        const { changeSchema } = await import('../change-schema.js');
        const done = await changeSchema(config, revert === true);
        output.result(done, () => {
          if (revert)
            output.line(
              done.reverted === undefined
                ? 'There was nothing to take back.'
                : `Taken back: ${done.reverted}`,
            );
          else if (done.applied.length === 0) output.line('The database is up to date.');
          else output.line(`Applied ${plural(done.applied.length, 'migration')}: ${done.applied.join(', ')}`);
        });
      }),
    );
}
