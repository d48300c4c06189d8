import { becauseWords, type AttemptRecord, type Plan, STRATEGY_LABELS } from './strategy.js';

/** What a report of a mission that does not move is made of. */
export interface StuckFacts {
  /** All attempts since the Engineer's phase began, oldest first. */
  attempts: readonly AttemptRecord[];
  plan: Plan;
  /** What everybody's work on an attempt cost, by its number. */
  costs: ReadonlyMap<number, { usd: number; tokens: number }>;
  /** What fails, in the words of the last report. */
  failing: readonly string[];
}

const REPEATED = { diff: 'same code', failing: 'same failing tests', error: 'same error' } as const;
/** Failing tests that are named. */
const NAMED = 30;

/** What was tried while nothing moved, for the person who is asked: every attempt, its way, and what came again. */
export function stuckReport({ attempts, plan, costs, failing }: StuckFacts): string {
  const rows = attempts.map(({ iteration, strategy, model, summary, counts, repeats }) => {
    const { usd = 0, tokens = 0 } = costs.get(iteration) ?? {};
    return [
      String(iteration),
      strategy ? STRATEGY_LABELS[strategy] : 'as usual',
      model,
      counts ? `${counts.passed} passed, ${counts.failed} failed` : '',
      repeats.map(({ what, of }) => `${REPEATED[what]} as ${of.join(', ')}`).join('; '),
      `${tokens} tokens, ${usd.toFixed(4)} $`,
      summary.slice(0, 300),
    ];
  });
  const next =
    plan.strategy === null
      ? 'Every strategy was tried.'
      : `The attempts are used up. Next would come: ${STRATEGY_LABELS[plan.strategy]}.`;
  return [
    `# Stuck after attempt ${attempts.at(-1)?.iteration ?? 0}`,
    '',
    `Nothing moves any more: ${becauseWords(plan.because)}. ${next}`,
    '',
    '| Attempt | Strategy | Model | Tests | Came again | Cost | What the Engineer said |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`),
    '',
    ...plan.skipped.map(({ strategy, reason }) => `- Not tried: ${STRATEGY_LABELS[strategy]}. ${reason}`),
    ...(plan.skipped.length > 0 ? [''] : []),
    '## What fails',
    '',
    ...failing.slice(0, NAMED).map((name) => `- ${oneLine(name)}`),
    ...(failing.length > NAMED ? [`- and ${failing.length - NAMED} more`] : []),
    '',
    '## What you can do',
    '',
    '- Request changes of the Engineer: it goes on, with your comment as advice.',
    '- Request changes of the Architect or the PM: the documents are written again, with your comment.',
    '- Approve: another round of attempts, as before.',
    '- Reject: the mission ends; what was made is kept.',
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}

function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}
