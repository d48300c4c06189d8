import type { Command } from 'commander';
import { NotFoundError } from '../../core/errors.js';
import type { PromptProfileView } from '../../http/presenters/prompt.js';
import type { CanaryReportView, CanaryView } from '../../http/presenters/prompt-canary.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import type { Output } from '../output.js';
import { ago, count, oneLine } from '../text.js';
import { findProfile, numberOf, profilePath, versionNamed, versionNumber } from './prompts-find.js';
import { estimateWords, percent } from './prompts-outcomes.js';

interface Json {
  json?: boolean;
}

const METRICS = { qa_pass: 'QA passed', first_review_approval: 'first review approved' } as const;

/** `prompts canary start|show|promote|drop`: a version for a share of new missions. */
export function addPromptCanary(prompts: Command, run: Run): void {
  const canary = prompts.command('canary').description('Give a version to a share of new missions');
  addCommand(canary, 'start <profile> <version>', {
    about: 'Give a version to a share of new missions.',
    more: 'It is stopped by itself when it does significantly worse.',
    examples: ['prompts canary start pm 3 --percent 10'],
  })
    .requiredOption('-p, --percent <n>', 'of new missions', wholeNumber(1, 50))
    .option('-m, --min-missions <n>', 'results in both arms before a verdict', wholeNumber(5, 100_000))
    .option('--no-auto-stop', 'go on however it does')
    .action(
      (
        name: string,
        number: string,
        options: Json & { percent: number; minMissions?: number; autoStop: boolean },
      ) =>
        run(options, async ({ connect, output }) => {
          const wanted = versionNumber(number);
          const { client } = await connect();
          const profile = await findProfile(client, name);
          const { percent: share, minMissions, autoStop } = options;
          const started = await client.write<CanaryReportView>('POST', `${profilePath(name)}/canaries`, {
            body: {
              ...{ versionId: versionNamed(profile, wanted).id, percent: share, autoStop },
              ...(minMissions !== undefined && { minMissions }),
            },
          });
          output.result(started, () => sayCanary(output, profile, started));
        }),
    );
  addCommand(canary, 'show <profile>', {
    about: 'Show how the newest canary of a profile does.',
    examples: ['prompts canary show pm'],
  }).action((name: string, options: Json) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const profile = await findProfile(client, name);
      const [newest] = await client.list<CanaryView>(`${profilePath(name)}/canaries`);
      if (!newest) throw new NotFoundError('canary of the profile', name);
      const report = await client.get<CanaryReportView>(`/prompts/canaries/${newest.id}`);
      output.result(report, () => sayCanary(output, profile, report));
    }),
  );
  for (const [verb, about] of [
    ['promote', 'Make the canary’s version the active one.'],
    ['drop', 'End the canary; new missions get the active version.'],
  ] as const)
    addCommand(canary, `${verb} <profile>`, { about, examples: [`prompts canary ${verb} pm`] }).action(
      (name: string, options: Json) =>
        run(options, async ({ connect, output }) => {
          const { client } = await connect();
          const profile = await findProfile(client, name);
          if (!profile.canary) throw new NotFoundError('running canary of the profile', name);
          const path = `/prompts/canaries/${profile.canary.id}/${verb}`;
          const ended = await client.write<CanaryReportView>('POST', path);
          output.result(ended, () => sayCanary(output, profile, ended));
        }),
    );
}

function sayCanary(output: Output, profile: PromptProfileView, report: CanaryReportView): void {
  const of = (id: number): string => String(numberOf(profile, id) ?? id);
  const { versionId, baselineVersionId, status, reason, arms } = report;
  output.line(
    `${profile.profile}: version ${of(versionId)} for ${report.percent} % of new missions, beside version ` +
      `${of(baselineVersionId)}; ${status}, started ${ago(report.startedAt)}`,
  );
  if (reason !== null) output.line(oneLine(reason));
  output.table(
    ['', `VERSION ${of(versionId)}`, `VERSION ${of(baselineVersionId)}`, 'Z'],
    [
      ['missions', count(arms.canary.missions), count(arms.baseline.missions), ''],
      ...report.comparisons.map((one) => [
        METRICS[one.metric],
        estimateWords(one.canary, percent),
        estimateWords(one.baseline, percent),
        one.z === null ? '' : `${one.z.toFixed(2)}${one.worse ? ' (worse)' : ''}`,
      ]),
    ],
    '',
  );
}
