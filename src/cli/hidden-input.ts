import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { InterruptedError, UsageError } from './errors.js';
import type { CommandContext } from './run-command.js';

/**
 * Reads a secret: in a terminal from a prompt that does not show it, else all of stdin. Never from the command line,
 * where every process of the machine could read it.
 * @param prompt what is asked for, without punctuation
 * @throws UsageError when nothing was given; InterruptedError at Ctrl-C
 */
export async function readSecret({ streams, output }: CommandContext, prompt: string): Promise<string> {
  const { stdin } = streams;
  const secret = (
    stdin.isTTY ? await ask(stdin, () => output.hint(`${prompt} (not shown):`)) : await readAll(stdin)
  ).trim();
  if (secret === '')
    throw new UsageError(`${prompt}: nothing was given. Pipe it in, or run this in a terminal.`);
  return secret;
}

async function ask(input: NodeJS.ReadStream, invite: () => void): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  invite();
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new InterruptedError('SIGINT')));
      lines.once('close', () => resolve(''));
    });
  } finally {
    lines.close();
  }
}
