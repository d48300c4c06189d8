import type { Command } from 'commander';
import type { RetentionView } from '../../http/presenters/retention.js';
import { addCommand, CALL, type Run } from '../command-line.js';
import { bytes, count } from '../text.js';

/** `retention`: lets go of what nobody needs any more, or says what that is. */
export function addRetention(program: Command, run: Run): void {
  addCommand(program, 'retention', {
    about: 'Let go of what the settings no longer keep.',
    more: 'Workers do it by themselves, too. The settings: callBodyDays, unusedSourceDays, noticeDays, forkableDays.',
    examples: ['retention --dry-run', 'retention --json'],
  })
    .option('--dry-run', 'only say what would go')
    .action(({ dryRun = false, ...options }: { json?: boolean; dryRun?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const report = await client.write<RetentionView>('POST', '/retention', { body: { dryRun } });
        output.result(report, () => {
          if (report.busy) return output.line('Another process is at it right now. Nothing was done here.');
          output.table(
            [dryRun ? 'WOULD GO' : 'GONE', 'HOW MANY'],
            [
              ['what models saw and answered', `${count(report.calls)} calls`],
              ['uploads that nothing starts from', count(report.sources)],
              ['mails and deliveries that are done', count(report.notices)],
              ['older saved states', `${count(report.checkpoints)} of ${count(report.sessions)} sessions`],
              ['contents nothing refers to', `${count(report.contents)}, ${bytes(report.contentBytes)}`],
            ],
            '',
          );
        });
        if (dryRun) output.hint(`Let go of it: ${CALL} retention`);
      }),
    );
}
