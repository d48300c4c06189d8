import type { z } from 'zod';
import { ConflictError, ValidationError } from '../core/errors.js';
import type { ArtifactType, SessionKind, SessionStatus } from '../core/vocabulary.js';
import type { Session } from '../db/entities/session.js';

/** The moments of a session's life that every kind names with a status of its own. */
export interface LifeStatuses {
  created: SessionStatus;
  running: SessionStatus;
  /** At a gate, or, for kinds of turns, between turns. */
  waiting: SessionStatus;
  failed: SessionStatus;
  cancelled: SessionStatus;
  expired: SessionStatus;
  /** A person has to look: out of attempts, a model that stays unusable. */
  stuck: SessionStatus;
  /** A gate was answered with "reject". */
  rejected: SessionStatus;
}

/** A gate of a kind: what it asks, and where "request changes" may send the work. */
export interface GateRules {
  label: string;
  /** Phases that may be asked for changes; the first is the default. */
  changeTargets: readonly string[];
  /** The types of shown artifacts that an approver may edit; all of them when absent. */
  editable?: readonly ArtifactType[];
}

/** An agent profile a kind uses, and the text its first prompt version comes from. */
export interface AgentProfile {
  name: string;
  label: string;
  /** The Markdown file with front matter, beside the graph. */
  prompt: URL;
  /** The variables that its prompt is rendered with, all of which a version must use and no other. Default: none. */
  variables?: readonly string[];
  /** What its answers look like by task, as far as that can be said without the mission at hand. */
  answers?: Readonly<Record<string, z.ZodType>>;
}

/** What the services must know of a kind: plain data and rules, no graph. `engine/graph-kind.ts` adds the graph. */
export interface KindRules {
  readonly kind: SessionKind;
  readonly label: string;
  /** A mission runs by itself once accepted; a session of turns waits for messages. */
  readonly startedBy: 'mission' | 'turns';
  readonly statuses: LifeStatuses;
  /** From each status the statuses that may follow; what is not here is refused. */
  readonly transitions: Readonly<Partial<Record<SessionStatus, readonly SessionStatus[]>>>;
  readonly phases: readonly { id: string; label: string }[];
  readonly profiles: readonly AgentProfile[];
  readonly gates: Readonly<Record<string, GateRules>>;
  /** Checks the `options` a submitter may give; unknown fields are refused. */
  readonly options: z.ZodType<Record<string, unknown>>;
  /** Refuses, by throwing, options that are well formed and not for this caller. */
  admit?(caller: { userId: string }, options: Record<string, unknown>): Promise<void>;
}

/** The rules of all registered kinds, by name. */
export class KindBook<K extends KindRules = KindRules> {
  private readonly byName: ReadonlyMap<string, K>;

  constructor(kinds: readonly K[]) {
    this.byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  /** @throws ValidationError when no such kind is built in, naming those that are */
  get(kind: string): K {
    const found = this.byName.get(kind);
    if (found) return found;
    throw new ValidationError(`There is no kind "${kind}" here.`, [
      { field: 'kind', message: `must be one of: ${[...this.byName.keys()].join(', ')}` },
    ]);
  }

  all(): K[] {
    return [...this.byName.values()];
  }
}

/**
 * Refuses a change of status that the kind's table does not allow.
 * @throws ConflictError naming both statuses and what would be possible
 */
export function checkTransition(rules: KindRules, session: Pick<Session, 'status'>, to: SessionStatus): void {
  const allowed = rules.transitions[session.status] ?? [];
  if (session.status === to || allowed.includes(to)) return;
  throw new ConflictError(
    'transition_refused',
    `A session that is "${session.status}" cannot become "${to}".`,
    {
      details: { status: session.status, requested: to, allowed },
    },
  );
}
