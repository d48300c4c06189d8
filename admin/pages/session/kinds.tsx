import type React from 'react';
import type { SessionKind } from '../../../src/core/vocabulary.js';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { Artifacts } from './artifacts.js';
import { Executions } from './executions.js';
import { History } from './history.js';
import type { Live } from './live.js';
import { Overview } from './overview.js';
import { Quality } from './quality.js';
import { Talk } from './talk.js';

/** What each tab of a session's page gets. */
export interface TabProps {
  session: SessionView;
  live: Live;
  view: KindView;
  /** May change the session; others only read. */
  mayAct: boolean;
}

export interface TabView {
  key: string;
  label: string;
  content: (props: TabProps) => React.JSX.Element;
}

/** How a kind of session is shown, and what can be done with it. A new kind is a row below. */
export interface KindView {
  tabs: readonly TabView[];
  /** The phases of a session in their order; none for kinds that are conversations. */
  phases: (session: SessionView) => readonly string[];
  /** Phases that can begin again, each with the documents that may be edited for it. */
  reruns: Readonly<Record<string, readonly string[]>>;
  /** Statuses from which it can be cancelled, or taken up again. */
  cancellable: readonly string[];
  retryable: readonly string[];
  /** Statuses in which it takes messages. */
  talks: readonly string[];
}

const overview: TabView = { key: 'overview', label: 'Overview', content: Overview };
const files: TabView = { key: 'files', label: 'Files', content: Artifacts };
const quality: TabView = { key: 'tests', label: 'Tests', content: Quality };
const executions: TabView = { key: 'executions', label: 'Executions', content: Executions };
const messages: TabView = { key: 'messages', label: 'Messages', content: Talk };
const talk: TabView = { key: 'conversation', label: 'Conversation', content: Talk };
const history: TabView = { key: 'history', label: 'History and forks', content: History };

const PRD = 'docs/prd.md';
const DOCUMENTS = [PRD, 'docs/tech-spec.md', 'docs/scaffold.sh'];

const studio: KindView = {
  tabs: [overview, files, quality, executions, messages, history],
  phases({ options }) {
    const gates: unknown = options['gates'] ?? ['after_spec'];
    const has = (gate: string): boolean => Array.isArray(gates) && gates.includes(gate);
    return [
      'pm',
      ...(has('after_prd') ? ['after_prd'] : []),
      'arch',
      ...(has('after_spec') ? ['human_gate'] : []),
      'eng',
      'qa',
      ...(has('before_delivery') ? ['before_delivery'] : []),
      'complete',
    ];
  },
  reruns: { pm: [], arch: [PRD], human_gate: DOCUMENTS, eng: DOCUMENTS, qa: [], complete: [] },
  cancellable: ['pending', 'running', 'awaiting_approval', 'needs_attention'],
  retryable: ['failed', 'needs_attention', 'expired', 'cancelled'],
  talks: [],
};

/** A kind of turns: its messages first. */
function talking(status: Pick<KindView, 'talks' | 'cancellable'>): KindView {
  return {
    tabs: [talk, files, executions, history],
    phases: () => [],
    reruns: {},
    retryable: [],
    ...status,
  };
}

export const KIND_VIEWS: Readonly<Record<SessionKind, KindView>> = {
  studio,
  architect: talking({ talks: ['active', 'paused'], cancellable: ['active', 'paused'] }),
  prd: talking({ talks: ['active'], cancellable: ['active'] }),
  conversation: talking({ talks: ['active'], cancellable: ['active'] }),
  advisor: talking({ talks: ['pending_user_input'], cancellable: ['pending_user_input'] }),
};
