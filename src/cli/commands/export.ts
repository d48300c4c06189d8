import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../../services/source/exports.js';
import { addCommand, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { bytes } from '../text.js';
import { sessionPath } from './following.js';

/** A large project over a slow line. */
const DOWNLOAD_MS = 30 * 60_000;

interface Options {
  json?: boolean;
  format: ExportFormat;
  output?: string;
  force?: boolean;
}

const ENDINGS: Record<ExportFormat, string> = { zip: 'zip', git: 'bundle', patch: 'patch' };

/** `export`: saves what a session made as a zip file, a git bundle or a patch. */
export function addExport(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'export <session>', {
    about: 'Save what a session made: a zip, a git bundle or a patch.',
    more:
      'zip is the project with its documents; git a bundle with the branch, for "git fetch"; patch the ' +
      'difference to what the mission started from, for "git apply".',
    examples: [`export ${id}`, `export ${id} --output links.zip`, `export ${id} --format patch`],
  })
    .addOption(new Option('--format <format>', 'what to save').choices(EXPORT_FORMATS).default('zip'))
    .option('-o, --output <file>', 'where to; by default <session>.zip in this folder')
    .option('--force', 'replace the file if it exists')
    .action((session: string, options: Options) =>
      run(options, async ({ connect, output }) => {
        const { format } = options;
        const file = resolve(options.output ?? `${session.replace(/[^\w-]/g, '_')}.${ENDINGS[format]}`);
        const exists = await stat(file).then(
          () => true,
          () => false,
        );
        if (exists && !options.force)
          throw new UsageError(`${file} exists already. Give another --output, or --force to replace it.`);
        const { client } = await connect();
        await client.send(
          'GET',
          `${sessionPath(session)}/export`,
          { query: { format }, timeoutMs: DOWNLOAD_MS },
          (response) => save(response, file),
        );
        const { size } = await stat(file);
        output.result({ file, format, bytes: size }, () => {
          output.line(`Saved ${file} (${bytes(size)})`);
          if (format === 'git') output.hint(`Fetch its branch: git fetch ${file} 'atelier/*:atelier/*'`);
          if (format === 'patch') output.hint(`Apply it where the mission started from: git apply ${file}`);
        });
      }),
    );
}

/** Writes a body beside its place first, so that a broken download never stands there as the file. */
async function save(response: Response, file: string): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(response.body ?? []), createWriteStream(draft));
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
