import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../core/errors.js';
import {
  differences,
  evalReport,
  type EvalReport,
  type EvalResult,
} from '../../services/evaluation/results.js';
import { addCommand, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';
import { count, duration, oneLine } from '../text.js';

interface Options {
  json?: boolean;
  model?: string;
  against?: string;
}

/** `eval`: plays a suite of missions and measures what came of them. */
export function addEval(program: Command, run: Run): void {
  addCommand(program, 'eval <suite>', {
    about: 'Play a folder of missions and measure the results.',
    more:
      'Gates are approved by themselves; hidden acceptance tests decide beside QA. It works in this process: stop ' +
      'a server that runs on the embedded database first. Exit code 1 when a hidden test did not pass.',
    examples: [
      'eval evals/small',
      'eval evals/small --model anthropic:claude-sonnet-5 --json > new.json',
      'eval evals/small --against old.json',
    ],
  })
    .option('-m, --model <provider:model>', 'the model of every agent in this run')
    .option('--against <file>', 'also show what differs from an earlier run’s --json')
    .action((folder: string, options: Options) =>
      run(options, async ({ config, output, signal }) => {
        const before = options.against === undefined ? undefined : await readReport(options.against);
        const [{ openHost }, { readSuite }] = await Promise.all([
          import('../host.js'),
          import('../../services/evaluation/suite.js'),
        ]);
        const suite = await readSuite(folder);
        const own = options.model === undefined ? config : { ...config, model: options.model };
        const host = await openHost(own, { http: false, worker: true, announce: 'no' });
        try {
          const admin = await host.app.accounts.localAdmin();
          const report = await host.app.evaluation.run({ userId: admin.id, role: admin.role }, suite, {
            signal,
            onResult: (result) => output.hint(`${result.name}: ${verdict(result)}`),
          });
          const changed = before && differences(before, report);
          output.result({ ...report, ...(changed && { differences: changed }) }, () => {
            sayReport(output, report);
            if (!changed) return;
            output.line();
            output.table(
              ['MISSION', 'FIGURE', 'BEFORE', 'NOW'],
              changed.map((one) => [one.mission, one.figure, one.before, one.now]),
              'Nothing differs but the time taken.',
            );
          });
          return report.totals.acceptancePassRate === 1 ? 0 : 1;
        } finally {
          await host.close();
        }
      }),
    );
}

/** @throws UsageError when the file is no report */
async function readReport(file: string): Promise<EvalReport> {
  try {
    return evalReport.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${file} is no result of "eval --json": ${oneLine(messageOf(error))}`);
  }
}

const words = (passed: boolean): string => (passed ? 'passed' : 'failed');
const percent = (share: number): string => `${Math.round(share * 100)} %`;

function verdict({ qaPassed, acceptance }: EvalResult): string {
  const why = acceptance.problem === null ? '' : ` (${oneLine(acceptance.problem)})`;
  return `QA ${words(qaPassed)}, acceptance ${words(acceptance.passed)}${why}`;
}

function sayReport(output: Output, { results, totals }: EvalReport): void {
  output.table(
    ['MISSION', 'QA', 'ACCEPTANCE', 'ROUNDS', 'TOKENS', 'COST', 'TIME', 'MODEL'],
    [
      ...results.map((one) => [
        one.name,
        words(one.qaPassed),
        `${words(one.acceptance.passed)} ${one.acceptance.tests.passed}/${one.acceptance.tests.passed + one.acceptance.tests.failed + one.acceptance.tests.skipped}`,
        String(one.iterations),
        count(one.tokens),
        `$${one.costUsd.toFixed(4)}`,
        duration(one.seconds),
        one.models.join(' '),
      ]),
      [
        'all',
        percent(totals.qaPassRate),
        percent(totals.acceptancePassRate),
        String(totals.iterations),
        count(totals.tokens),
        `$${totals.costUsd.toFixed(4)}`,
        duration(totals.seconds),
        '',
      ],
    ],
    '',
  );
}
