import type { Command } from 'commander';
import { NotFoundError } from '../../core/errors.js';
import type { ArtifactView } from '../../http/presenters/artifact.js';
import type { AtelierClient } from '../client.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import type { CommandContext } from '../run-command.js';
import { bytes, manyLines } from '../text.js';
import { sessionPath } from './following.js';

interface Options {
  json?: boolean;
  all?: boolean;
  version?: number;
}

/** `artifacts`: lists a session's files and documents, or prints one. */
export function addArtifacts(program: Command, run: Run): void {
  const id = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
  addCommand(program, 'artifacts <session> [path]', {
    about: 'List a session’s files and documents, or print one.',
    examples: [`artifacts ${id}`, `artifacts ${id} docs/prd.md`],
  })
    .option('-a, --all', 'every version, not only the newest')
    .option('-v, --version <n>', 'print this version of the file', wholeNumber(1, 1_000_000))
    .action((session: string, path: string | undefined, options: Options) =>
      run(options, async (context) => {
        const { client } = await context.connect();
        const all = await client.list<ArtifactView>(`${sessionPath(session)}/artifacts`);
        if (path !== undefined) return print(context, client, all, path, options.version);
        const shown = options.all ? all : newestOf(all);
        context.output.result(shown, () =>
          context.output.table(
            ['PATH', 'TYPE', 'VERSION', 'SIZE', 'SHA-256'],
            shown.map((artifact) => [
              artifact.path,
              artifact.type,
              String(artifact.version),
              bytes(artifact.sizeBytes ?? 0),
              (artifact.sha256 ?? '').slice(0, 12),
            ]),
            'There are no artifacts yet.',
          ),
        );
      }),
    );
}

/** The newest version of each file, by path. */
export function newestOf(artifacts: readonly ArtifactView[]): ArtifactView[] {
  const newest = new Map<string, ArtifactView>();
  for (const artifact of artifacts)
    if ((newest.get(artifact.path)?.version ?? 0) < artifact.version) newest.set(artifact.path, artifact);
  return [...newest.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function print(
  { output, streams }: CommandContext,
  client: AtelierClient,
  all: readonly ArtifactView[],
  path: string,
  version: number | undefined,
): Promise<void> {
  const found = (version === undefined ? newestOf(all) : all).find(
    (artifact) => artifact.path === path && (version ?? artifact.version) === artifact.version,
  );
  if (!found)
    throw new NotFoundError('artifact', version === undefined ? path : `${path}, version ${version}`);
  const content = await readArtifact(client, found.id);
  output.result({ ...found, content: content.toString('utf8') }, () => {
    // A terminal must not obey what a document says; a pipe gets it as it is.
    const shown = streams.stdout.isTTY === true ? manyLines(content.toString('utf8')) : content;
    output.raw(shown);
  });
}

/** The bytes of an artifact. */
export async function readArtifact(client: AtelierClient, id: number): Promise<Buffer> {
  return client.send('GET', `/artifacts/${id}/content`, {}, async (response) =>
    Buffer.from(await response.arrayBuffer()),
  );
}
