import type { Command } from 'commander';
import type { ComparisonView } from '../../http/presenters/comparison.js';
import { addCommand, type Run } from '../command-line.js';
import type { Output } from '../output.js';
import { testWords } from '../outcome.js';
import { count, duration, manyLines, oneLine } from '../text.js';
import { statusWords } from '../watch-view.js';
import { sessionPath } from './following.js';

const STATUS_WORDS = { same: 'same', changed: 'differs', only_a: 'only in A', only_b: 'only in B' } as const;

/** `compare`: two sessions side by side. */
export function addCompare(program: Command, run: Run): void {
  const ids = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22 0199d5f0-7a41-7c3e-8b1e-2f6a9f0c1d22';
  addCommand(program, 'compare <session> <other>', {
    about: 'Show what two sessions have made, how well, and at what cost.',
    more: 'What a fork took over from its parent is not in its tokens and cost.',
    examples: [`compare ${ids}`],
  })
    .option('-d, --diff', 'the differences themselves, too')
    .action((session: string, other: string, options: { json?: boolean; diff?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const path = `${sessionPath(session)}/compare/${encodeURIComponent(other)}`;
        const comparison = await client.get<ComparisonView>(path);
        output.result(comparison, () => {
          sayFigures(output, comparison);
          sayArtifacts(output, comparison);
          if (options.diff) sayDiffs(output, comparison);
        });
      }),
    );
}

function sayFigures(output: Output, { a, b, promptVersions }: ComparisonView): void {
  const row = (name: string, of: (side: ComparisonView['a']) => string): string[] => [name, of(a), of(b)];
  output.table(
    ['', 'A', 'B'],
    [
      row('session', ({ sessionId }) => sessionId),
      row('name', ({ name }) => oneLine(name ?? '')),
      row('status', ({ status }) => statusWords(status)),
      row('attempts', ({ iterationCount }) => count(iterationCount)),
      row('tests', ({ tests }) => (tests ? testWords(tests) : '')),
      row('tokens', ({ tokens }) => count(tokens)),
      row('US dollars', ({ costUsd }) => costUsd.toFixed(4)),
      row('time', ({ seconds }) => duration(seconds)),
      ...promptVersions
        .filter((prompt) => prompt.a !== prompt.b)
        .map((prompt) => [
          `prompt ${oneLine(prompt.profile)}`,
          String(prompt.a ?? ''),
          String(prompt.b ?? ''),
        ]),
    ],
    '',
  );
  output.line();
}

function sayArtifacts(output: Output, { artifacts }: ComparisonView): void {
  output.table(
    ['PATH', 'TYPE', 'A', 'B', ''],
    artifacts.map(({ path, type, a, b, status }) => [
      oneLine(path),
      type,
      a ? `v${a.version}` : '',
      b ? `v${b.version}` : '',
      STATUS_WORDS[status],
    ]),
    'Neither has made anything yet.',
  );
}

function sayDiffs(output: Output, { artifacts }: ComparisonView): void {
  for (const { path, diff, truncated } of artifacts) {
    if (diff === null) continue;
    output.line();
    output.line(output.style.bold(oneLine(path)));
    output.line(manyLines(diff));
    if (truncated) output.line(output.style.dim('… and more'));
  }
}
