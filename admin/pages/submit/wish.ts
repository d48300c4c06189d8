/** Where a mission can stop for a person. */
export const GATES = [
  { name: 'after_prd', label: 'After the PRD', help: 'What it will be, before it is designed.' },
  { name: 'after_spec', label: 'After the tech spec', help: 'What it will be and how, before it is built.' },
  { name: 'before_delivery', label: 'Before delivery', help: 'The tested result, before it is handed over.' },
] as const;
export type Gate = (typeof GATES)[number]['name'];
const STANDARD_GATES: readonly Gate[] = ['after_spec'];

export const BUDGET_UNITS = [
  { name: 'usd', label: 'US dollars', step: '0.01' },
  { name: 'tokens', label: 'Tokens', step: '1' },
  { name: 'minutes', label: 'Minutes at work', step: '1' },
  { name: 'iterations', label: 'Rounds with QA', step: '1' },
] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number]['name'];

/** What the form holds, as it was typed. */
export interface Wish {
  mission: string;
  name: string;
  projectName: string;
  source: 'none' | 'archive' | 'git' | 'folder';
  sourceId: string;
  sourceLabel: string;
  url: string;
  ref: string;
  path: string;
  gates: readonly Gate[];
  budget: Readonly<Record<BudgetUnit, string>>;
  idempotencyKey: string;
}

export const emptyWish: Wish = {
  mission: '',
  name: '',
  projectName: '',
  source: 'none',
  sourceId: '',
  sourceLabel: '',
  url: '',
  ref: '',
  path: '',
  gates: STANDARD_GATES,
  budget: { usd: '', tokens: '', minutes: '', iterations: '' },
  idempotencyKey: '',
};

/** The body of `POST /sessions`. What is left at its standard is not sent. */
export function wishBody(wish: Wish): Record<string, unknown> {
  const source = {
    none: undefined,
    archive: { kind: 'archive', sourceId: wish.sourceId },
    git: { kind: 'git', url: wish.url.trim(), ...(wish.ref.trim() !== '' && { ref: wish.ref.trim() }) },
    folder: { kind: 'folder', path: wish.path.trim() },
  }[wish.source];
  const budget = Object.fromEntries(
    Object.entries(wish.budget)
      .filter(([, text]) => text.trim() !== '')
      // What is no number goes as it is: the API says so at its field.
      .map(([unit, text]) => [unit, Number.isNaN(Number(text)) ? text : Number(text)]),
  );
  const gates = GATES.map(({ name }) => name).filter((name) => wish.gates.includes(name));
  const options = {
    ...(source && { source }),
    ...(Object.keys(budget).length > 0 && { budget }),
    ...(gates.join() !== STANDARD_GATES.join() && { gates }),
  };
  return {
    mission: wish.mission,
    ...(wish.name.trim() !== '' && { name: wish.name }),
    ...(wish.projectName.trim() !== '' && { projectName: wish.projectName }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

const place = (userId: string): string => `atelier-mission-${userId}`;

/** What was typed before in this browser by this person. */
export function readDraft(userId: string): Wish {
  try {
    const kept = sessionStorage.getItem(place(userId));
    return kept === null ? emptyWish : { ...emptyWish, ...(JSON.parse(kept) as Partial<Wish>) };
  } catch {
    // Storage that is switched off or broken only means that nothing is remembered.
    return emptyWish;
  }
}

/** Keeps what is typed, for a reload. */
export function writeDraft(userId: string, wish: Wish): void {
  try {
    sessionStorage.setItem(place(userId), JSON.stringify(wish));
  } catch {
    // See readDraft.
  }
}
