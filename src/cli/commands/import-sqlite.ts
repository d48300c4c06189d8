import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../core/errors.js';
import type { ImportReport } from '../../services/import-sqlite/report.js';
import { addCommand, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';
import { oneLine, plural } from '../text.js';

interface Options {
  json?: boolean;
  dryRun?: boolean;
  user?: string;
}

/** Remarks shown to people; the JSON has all of them. */
const SHOWN_REMARKS = 20;

/** `import-sqlite`: brings a development database in SQLite into this one. */
export function addImportSqlite(program: Command, run: Run): void {
  addCommand(program, 'import-sqlite <file>', {
    about: 'Bring a SQLite development database into this one.',
    more:
      'Sessions, prompts and records come in; nothing comes in twice. It works on the database itself: stop a ' +
      'server that runs on the embedded one first.',
    examples: ['import-sqlite studio.db --dry-run', 'import-sqlite studio.db --user ann@example.org'],
  })
    .option('--dry-run', 'only say what would come in')
    .option('-u, --user <email>', 'whose the sessions become; the first administrator by default')
    .action((file: string, options: Options) =>
      run(options, async ({ config, output }) => {
        const content = await readFile(file).catch((error: unknown) => {
          throw new UsageError(`The file cannot be read: ${messageOf(error)}`);
        });
        const [{ openHost }, { importSqlite }] = await Promise.all([
          import('../host.js'),
          import('../../services/import-sqlite/import-sqlite.js'),
        ]);
        const host = await openHost(config, { http: false, worker: false, announce: 'no' });
        try {
          const { app } = host;
          const admin = await app.accounts.localAdmin();
          const users = await app.accounts.listUsers({ userId: admin.id, role: admin.role });
          const owner =
            options.user === undefined ? admin : users.find(({ email }) => email === options.user);
          if (!owner)
            throw new UsageError(
              `There is no user ${options.user}. There are: ${users.map(({ email }) => email).join(', ')}`,
            );
          const report = await importSqlite(app.dataSource.manager, content, {
            userId: owner.id,
            dryRun: options.dryRun === true,
          });
          output.result(report, () => sayReport(output, report));
        } finally {
          await host.close();
        }
      }),
    );
}

function sayReport(output: Output, report: ImportReport): void {
  output.table(
    ['TABLE', 'IMPORTED', 'ALREADY THERE', 'SKIPPED'],
    Object.entries(report.tables).map(([table, counts]) => [
      table,
      String(counts.imported),
      String(counts.alreadyThere),
      String(counts.skipped),
    ]),
    '',
  );
  const remarks = [...report.skipped, ...report.changed];
  for (const { table, key, reason } of remarks.slice(0, SHOWN_REMARKS))
    output.hint(`${table} ${oneLine(key)}: ${oneLine(reason)}`);
  const more = remarks.length - SHOWN_REMARKS;
  if (more > 0) output.hint(`… and ${plural(more, 'more remark')}; --json has them all.`);
  if (report.dryRun) output.hint('This was a dry run: nothing was kept.');
}
