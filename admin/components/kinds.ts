import { SESSION_KINDS, SESSION_STATUSES, type SessionKind } from '../../src/core/vocabulary.js';

/** What the pages say for each kind of session. */
export const KIND_LABELS: Readonly<Record<SessionKind, string>> = {
  studio: 'Mission',
  architect: 'Architect interview',
  prd: 'PRD maker',
  conversation: 'Conversation',
  advisor: 'Advice',
};

const PHASE_LABELS: Readonly<Record<string, string>> = {
  source: 'Existing code',
  pm: 'Product Manager',
  arch: 'Architect',
  after_prd: 'Decision on the PRD',
  human_gate: 'Decision on PRD and spec',
  after_spec: 'Decision on PRD and spec',
  stuck: 'Decision: the work is stuck',
  before_delivery: 'Decision before delivery',
  eng: 'Engineer',
  qa: 'QA',
  complete: 'Delivery',
};

/** A phase, or an agent, for people. */
export function phaseLabel(phase: string): string {
  const words = phase.replaceAll('_', ' ');
  return PHASE_LABELS[phase] ?? words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** The statuses to choose from: of one kind, or of all. */
export function statusesOf(kind: string): string[] {
  const known = SESSION_KINDS.find((one) => one === kind);
  return known ? [...SESSION_STATUSES[known]] : [...new Set(Object.values(SESSION_STATUSES).flat())];
}

/** What a list shows for a session: its name, or how its mission begins. */
export function sessionTitle(session: {
  name?: string | null;
  missionPreview?: string;
  mission?: string;
  kind: SessionKind;
}): string {
  const text = (session.name ?? session.missionPreview ?? session.mission ?? '').trim();
  const line = text.split('\n')[0]?.replace(/^#+\s*/, '') ?? '';
  if (line === '') return `${KIND_LABELS[session.kind]} without a name`;
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}
