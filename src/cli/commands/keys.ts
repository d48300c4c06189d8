import type { Command } from 'commander';
import type { RotationReport } from '../../services/keys.js';
import { addCommand, CALL, type Run } from '../command-line.js';
import { oneLine, plural } from '../text.js';

/** `keys rotate`: seals every stored secret again under the newest root key. */
export function addKeys(program: Command, run: Run): void {
  const keys = program.command('keys').description('Look after the keys that secrets are stored under');
  addCommand(keys, 'rotate', {
    about: 'Seal every stored secret again under the newest root key.',
    more:
      'It may be stopped and run again at any point. It works on the database itself. With ATELIER_SECRET_KEYS, ' +
      'first put the new key in front there, in every process; without, a new key is made in the data folder, ' +
      'unless an earlier rotation is still to be finished. Stop a server on the embedded database first.',
    examples: ['keys rotate', 'keys rotate --new-key'],
  })
    .option('--new-key', 'make a new key even if an earlier rotation left something behind')
    .action((options: { json?: boolean; newKey?: boolean }) =>
      run(options, async ({ config, output, signal }) => {
        const [{ openHost }, { rotateHere }] = await Promise.all([
          import('../host.js'),
          import('../rotate-here.js'),
        ]);
        const host = await openHost(config, { http: false, worker: false, announce: 'no' });
        try {
          const report = await rotateHere(host.app, {
            newKey: options.newKey === true,
            signal,
            onProgress: (done, total) => output.hint(`${done} of ${total} sealed`),
          });
          output.result(report, () => {
            output.line(words(report));
            for (const { table, row, problem } of report.failed)
              output.hint(`${table} ${oneLine(row)} keeps its old seal: ${oneLine(problem)}`);
          });
          if (!report.finished) throw signal.reason;
          return report.failed.length === 0 ? 0 : 1;
        } finally {
          await host.close();
        }
      }),
    );
}

function words({ kid, rotated, total, failed, finished }: RotationReport): string {
  if (!finished) return `Stopped after ${plural(rotated, 'secret')}. Go on: ${CALL} keys rotate`;
  if (rotated === 0 && failed.length === 0)
    return `All ${plural(total, 'secret')} are under the key "${kid}" already.`;
  return `${plural(rotated, 'secret')} of ${total} sealed again under the key "${kid}".`;
}
