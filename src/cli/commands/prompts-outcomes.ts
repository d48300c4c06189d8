import type { Command } from 'commander';
import type { EstimateView } from '../../http/presenters/estimate.js';
import type { OutcomeView } from '../../http/presenters/prompt-history.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { count, duration } from '../text.js';
import { profilePath } from './prompts-find.js';

/** `prompts outcomes`: what came of the missions that each version was given to. */
export function addPromptOutcomes(prompts: Command, run: Run): void {
  addCommand(prompts, 'outcomes <profile>', {
    about: 'Show what came of the missions that each version had.',
    more: 'Figures of all missions, with their 95 % intervals in brackets.',
    examples: ['prompts outcomes pm', 'prompts outcomes pm --days 30'],
  })
    .option('-d, --days <n>', 'of missions accepted in the last so many days', wholeNumber(1, 36_500))
    .action((profile: string, { days, ...options }: { json?: boolean; days?: number }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const outcomes = await client.list<OutcomeView>(`${profilePath(profile)}/outcomes`, { days });
        output.result(outcomes, () =>
          output.table(
            ['VERSION', 'MISSIONS', 'FIRST REVIEW', 'QA PASSED', 'ROUNDS', 'TOKENS', 'US DOLLARS', 'P95'],
            outcomes.map((one) => [
              `${one.version}${one.isActive ? ' (active)' : ''}`,
              count(one.missions),
              estimateWords(one.firstReviewApproval, percent),
              estimateWords(one.qaPass, percent),
              estimateWords(one.iterations, (value) => value.toFixed(1)),
              estimateWords(one.tokens, (value) => count(Math.round(value))),
              estimateWords(one.costUsd, (value) => value.toFixed(4)),
              estimateWords(one.p95Seconds, duration),
            ]),
            'No versions.',
          ),
        );
      }),
    );
}

/** A share as `83 %`. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A figure with its interval: `83 % (61 %–94 %)`; empty when there is none. */
export function estimateWords({ value, low, high }: EstimateView, words: (value: number) => string): string {
  if (value === null) return '';
  return low === null || high === null ? words(value) : `${words(value)} (${words(low)}–${words(high)})`;
}
