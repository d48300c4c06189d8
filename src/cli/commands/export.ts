import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { addCommand, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { bytes } from '../text.js';
import { sessionPath } from './following.js';

/** A large project over a slow line. */
const DOWNLOAD_MS = 30 * 60_000;

interface Options {
  json?: boolean;
  output?: string;
  force?: boolean;
}

/** `export`: saves a session's project and documents as a zip file. */
export function addExport(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'export <session>', {
    about: 'Save a session’s project and documents as a zip.',
    examples: [`export ${id}`, `export ${id} --output links.zip`],
  })
    .option('-o, --output <file>', 'where to; by default <session>.zip in this folder')
    .option('--force', 'replace the file if it exists')
    .action((session: string, options: Options) =>
      run(options, async ({ connect, output }) => {
        const file = resolve(options.output ?? `${session.replace(/[^\w-]/g, '_')}.zip`);
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
          { query: { format: 'zip' }, timeoutMs: DOWNLOAD_MS },
          (response) => save(response, file),
        );
        const { size } = await stat(file);
        output.result({ file, bytes: size }, () => output.line(`Saved ${file} (${bytes(size)})`));
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
