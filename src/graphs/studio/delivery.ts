import { lineDiff } from '../../core/line-diff.js';
import type { Coverage } from './coverage.js';
import type { FileRef, TestCounts } from './state.js';

/** What became of one file since the mission began. */
export interface FileChange {
  path: string;
  change: 'new' | 'changed' | 'deleted';
  /** The texts; undefined where there is none, and for binary files. */
  before?: string;
  after?: string;
}

/** What a delivery is shown by. */
export interface DeliveryFacts {
  iteration: number;
  /** Whether the mission started from existing code. */
  existing: boolean;
  counts: TestCounts;
  coverage: Coverage;
  changes: readonly FileChange[];
  /** QA's tests. */
  tests: readonly FileRef[];
}

/** Files that are listed, and characters of differences that are shown: people read the rest in the export. */
const LISTED = 400;
const DIFF_CHARS = 60_000;

/** What is about to be delivered, for the person who agrees to it: verdict, coverage, every file, and the differences. */
export function deliveryReport(facts: DeliveryFacts): string {
  const { iteration, counts, coverage, changes, tests } = facts;
  const rows = changes.slice(0, LISTED).map((one) => {
    const { added, removed } = linesOf(one);
    return `| \`${one.path.replaceAll('|', '\\|')}\` | ${one.change} | +${added} | −${removed} |`;
  });
  const uncovered =
    coverage.uncovered.length > 0 ? ` **Not covered:** ${coverage.uncovered.join(', ')}.` : '';
  return [
    `# Delivery: attempt ${iteration}`,
    '',
    `QA passed: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped. ` +
      `${coverage.covered} of ${coverage.criteria} acceptance criteria are covered by tests.${uncovered}`,
    '',
    '## Files',
    '',
    '| File | | Lines | |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(changes.length > LISTED ? ['', `And ${changes.length - LISTED} more.`] : []),
    '',
    `QA's tests: ${tests.map(({ path }) => `\`${path}\``).join(', ')}.`,
    '',
    ...(facts.existing ? differences(changes) : []),
  ].join('\n');
}

/** New files are there to be read whole; what matters of existing code is what changed. */
function differences(changes: readonly FileChange[]): string[] {
  const parts = changes
    .filter(({ change }) => change === 'changed')
    .map(({ path, before = '', after = '' }) => `--- ${path}\n${lineDiff(before, after)}`);
  if (parts.length === 0) return [];
  const text = parts.join('\n').replaceAll('```', "'''");
  const shown = text.length > DIFF_CHARS ? `${text.slice(0, DIFF_CHARS)}\n… (cut)` : text;
  return ['## Changes', '', '```diff', shown, '```', ''];
}

function linesOf({ before, after }: FileChange): { added: number; removed: number } {
  if (before === undefined || after === undefined)
    return { added: lineCount(after), removed: lineCount(before) };
  const lines = lineDiff(before, after).split('\n');
  return {
    added: lines.filter((line) => line.startsWith('+')).length,
    removed: lines.filter((line) => line.startsWith('-')).length,
  };
}

function lineCount(text: string | undefined): number {
  return text === undefined || text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
}
