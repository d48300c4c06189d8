import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../core/errors.js';
import { addCommand, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { followOrHint, sessionPath } from './following.js';

interface Options {
  json?: boolean;
  edit?: string[];
  watch?: boolean;
}

/** `rerun`: begins a phase again. */
export function addRerun(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'rerun <session> <phase>', {
    about: 'Begin a phase again: pm, arch, human_gate, eng, qa or complete.',
    more: 'What was done before stays as history. From the Engineer on, what was approved\nstays approved, with your edits.',
    examples: [`rerun ${id} arch`, `rerun ${id} eng --edit docs/prd.md=prd.md`],
  })
    .option('-e, --edit <path=file...>', 'the new text of a document, from a file')
    .option('--watch', 'follow it until it ends or needs you')
    .option('--no-watch', 'only ask for it')
    .action((session: string, phase: string, options: Options) =>
      run(options, async (context) => {
        const edits = await Promise.all((options.edit ?? []).map(readEdit));
        const connection = await context.connect({ worker: options.watch !== false });
        await connection.client.write('POST', `${sessionPath(session)}/rerun`, {
          body: { phase, ...(edits.length > 0 && { edits }) },
        });
        return followOrHint(context, connection, session, options.watch);
      }),
    );
}

/** `docs/prd.md=new.md` as an edit. @throws UsageError when it has another form, or the file cannot be read */
async function readEdit(given: string): Promise<{ path: string; content: string }> {
  const [, path, file] = /^([^=]+)=(.+)$/.exec(given) ?? [];
  if (path === undefined || file === undefined)
    throw new UsageError(`"${given}" does not say what to edit: --edit docs/prd.md=new-prd.md`);
  try {
    return { path, content: await readFile(file, 'utf8') };
  } catch (error) {
    throw new UsageError(`The edit cannot be read: ${messageOf(error)}`);
  }
}
