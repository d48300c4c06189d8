import type { ReviewView } from '../../../src/http/presenters/review.js';

export type Shown = ReviewView['artifacts'][number];
export type Past = ReviewView['history'][number];

/** A version of a document, as far as it takes to read it. */
export type Version = Pick<Shown, 'id' | 'version' | 'sha256'>;

const DOCUMENTS: Readonly<Record<string, string>> = {
  prd: 'PRD',
  tech_spec: 'Tech spec',
  scaffold: 'Scaffold',
  bug_report: 'Bug report',
  test_report: 'Test report',
};

/** A document's name for people: what it is, or the name of its file. */
export function documentName({ type, path }: { type: string; path: string }): string {
  return DOCUMENTS[type] ?? path.split('/').at(-1) ?? path;
}

const TARGETS: Readonly<Record<string, readonly [who: string, what: string]>> = {
  pm: ['Product manager', 'writes the PRD again, and then the tech spec is written to it'],
  arch: ['Architect', 'writes the tech spec again; the PRD stays'],
  eng: ['Engineer', 'changes the code'],
  qa: ['QA', 'tests again'],
};

/** A phase that can be asked for changes: who that is, and what they will do. */
export function targetWords(phase: string): readonly [who: string, what: string] {
  return TARGETS[phase] ?? [phase, 'does its part again'];
}

const DECIDED: Readonly<Record<string, string>> = {
  approved: 'approved it',
  changes_requested: 'requested changes',
  rejected: 'rejected it',
  expired: 'Nobody decided in time, and it expired',
  superseded: 'It was replaced',
};

/** Who decided what, as a sentence without its full stop. */
export function decidedWords({ status, decidedBy, timedOut, target }: Past): string {
  const what = DECIDED[status] ?? status;
  const asked = target === null ? '' : ` from the ${targetWords(target)[0]}`;
  if (status === 'expired' || status === 'superseded') return what;
  return timedOut
    ? `Nobody decided in time; the policy ${what}`
    : `${decidedBy?.name ?? 'Somebody'} ${what}${asked}`;
}

/** What a decision sets off. */
export function nextWords(status: string, target: string | null): string {
  if (status === 'approved') return 'The team goes on with exactly these documents.';
  if (status === 'changes_requested')
    return `${target === null ? 'The agent' : `The ${targetWords(target)[0]}`} gets every word of it. When the new version is there, it waits in the inbox for another review.`;
  if (status === 'rejected')
    return 'The mission has ended. Its documents stay where they are; nothing more is spent.';
  return '';
}

/** Whether a document is shown as Markdown. */
export function isMarkdown(path: string): boolean {
  return /\.(md|markdown)$/i.test(path);
}
