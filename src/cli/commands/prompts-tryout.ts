import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { TryoutReportView, TryoutView } from '../../http/presenters/prompt-tryout.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';
import { count, duration, manyLines, oneLine } from '../text.js';
import { findProfile, profilePath, versionNamed, versionNumber } from './prompts-find.js';

const POLL_MS = 500;

interface TryoutOptions {
  json?: boolean;
  last?: number;
  execution?: number[];
  outputs?: boolean;
  cancel?: string;
}

/** `prompts tryout`: a version against the active one, on what past executions sent. */
export function addPromptTryout(prompts: Command, run: Run): void {
  const execution = wholeNumber(1, Number.MAX_SAFE_INTEGER);
  addCommand(prompts, 'tryout [profile] [version]', {
    about: 'Try a version against the active one on recorded inputs.',
    more: 'Both are asked what past executions of your missions asked, and the calls are paid for. Ctrl-C leaves it to the workers.',
    examples: [
      'prompts tryout pm 3',
      'prompts tryout pm 3 --last 10 --outputs',
      'prompts tryout --cancel 0199d1c8-3f5a-7c4e-9a51-2b7e6c0d4f11',
    ],
  })
    .option('-l, --last <n>', 'the newest so many executions (5 unless told)', wholeNumber(1, 20))
    .option(
      '-e, --execution <id>',
      'this execution; may be repeated',
      (text: string, before: number[] | undefined) => [...(before ?? []), execution(text)],
    )
    .option('-o, --outputs', 'print the answers, too')
    .option('-c, --cancel <id>', 'stop this tryout instead of starting one')
    .action((name: string | undefined, number: string | undefined, options: TryoutOptions) =>
      run(options, async ({ connect, output, signal }) => {
        if (options.cancel !== undefined) {
          if (name !== undefined)
            throw new UsageError('--cancel takes the id of a tryout, and neither profile nor version.');
          const { client } = await connect();
          const path = `/prompts/tryouts/${encodeURIComponent(options.cancel)}/cancel`;
          const stopped = await client.write<TryoutView>('POST', path);
          const { done, total } = stopped.progress;
          output.result(stopped, () =>
            output.line(`The tryout is ${stopped.status}; ${done} of ${total} calls have ended.`),
          );
          return;
        }
        if (name === undefined || number === undefined)
          throw new UsageError('Name a profile and a version, such as: prompts tryout pm 2.');
        const wanted = versionNumber(number);
        const { client } = await connect({ worker: true });
        const { id } = versionNamed(await findProfile(client, name), wanted);
        const { last, execution: executionIds } = options;
        const tryout = await client.write<TryoutView>('POST', `${profilePath(name)}/tryouts`, {
          body: { draftVersionId: id, ...(executionIds ? { executionIds, last } : { last: last ?? 5 }) },
        });
        const path = `/prompts/tryouts/${tryout.id}`;
        let report: TryoutReportView;
        try {
          for (;;) {
            report = await client.get<TryoutReportView>(path);
            if (report.status !== 'running') break;
            await delay(POLL_MS, undefined, { signal });
          }
        } catch (error) {
          if (signal.aborted)
            output.hint(`The workers go on with it. To stop it: prompts tryout --cancel ${tryout.id}`);
          throw error;
        }
        output.result(report, () => sayTryout(output, report, options.outputs === true));
      }),
    );
}

type Side = TryoutReportView['inputs'][number]['draft'];

function sayTryout(output: Output, { inputs, totals }: TryoutReportView, outputs: boolean): void {
  const words = (side: Side): string[] => [
    side.status === 'completed' ? (side.isValid ? 'valid' : 'not valid') : side.status,
    count((side.inputTokens ?? 0) + (side.outputTokens ?? 0)),
    side.costUsd === null ? '' : side.costUsd.toFixed(4),
    side.durationMs === null ? '' : duration(side.durationMs / 1000),
  ];
  const rows = inputs.flatMap(({ executionId, draft, active }) => [
    [String(executionId ?? ''), 'draft', ...words(draft)],
    ['', 'active', ...words(active)],
  ]);
  const total = (name: string, { done, valid, costUsd, ...sum }: TryoutReportView['totals']['draft']) => [
    ...['all', name, `${valid} of ${done} valid`, count(sum.inputTokens + sum.outputTokens)],
    ...[costUsd.toFixed(4), duration(sum.durationMs / 1000)],
  ];
  output.table(
    ['EXECUTION', 'VERSION', 'ANSWER', 'TOKENS', 'US DOLLARS', 'TIME'],
    [...rows, total('draft', totals.draft), total('active', totals.active)],
    '',
  );
  for (const { executionId, draft, active } of inputs)
    for (const [name, side] of [
      ['draft', draft],
      ['active', active],
    ] as const) {
      if (side.problem !== null) output.hint(`${executionId ?? ''} ${name}: ${oneLine(side.problem)}`);
      if (!outputs || side.output === null) continue;
      output.line();
      output.line(output.style.bold(`${executionId ?? ''} ${name}`));
      output.line(manyLines(side.output));
    }
}
