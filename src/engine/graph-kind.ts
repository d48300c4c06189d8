import type { StateSnapshot } from '@langchain/langgraph/web';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { SessionStatus } from '../core/vocabulary.js';
import type { LineRemark, ShownArtifact } from '../db/entities/approval.js';
import type { Message } from '../db/entities/message.js';
import type { Session, SteerRequest } from '../db/entities/session.js';
import type { KindRules } from '../services/kind-rules.js';
import type { Run } from './run.js';

/** What of a graph's state shows on the session's row, and so in lists, API and panel. */
export interface StateView {
  phase: string;
  iterationCount?: number;
  qaPassed?: boolean;
  /** Small JSON for people: no documents, no code. */
  summary: Record<string, unknown>;
}

/** How a graph that has run to its end ended. */
export interface Outcome {
  status: SessionStatus;
  /** Why it is not a success, when it is not. */
  problem?: { code: string; message: string; details?: Record<string, unknown> };
}

/** What a node hands to `waitAtGate` to wait at a gate. */
export interface GateRequest {
  gate: string;
  /** What the approver is shown, by content: a decision is bound to these hashes. */
  artifacts: ShownArtifact[];
  /** The phase in which the session waits, for kinds whose gates are no phases of their own. Absent: the gate's name. */
  phase?: string;
  /** When nobody answers by then, the session expires. Absent: the setting `gateTtlHours`. */
  ttlHours?: number;
}

/** What `waitAtGate` returns once people have decided. */
export interface GateVerdict {
  decision: 'approve' | 'request_changes' | 'reject';
  /** What the approver said: with "request changes" what has to change, with "approve" notes for what follows. */
  comment?: string;
  /** With "request changes": open remarks on lines of what was shown. */
  remarks?: LineRemark[];
  /** The phase asked for changes. */
  target?: string;
  /** The artifacts as they stand after the approver's edits. */
  artifacts: ShownArtifact[];
}

/** What the engine needs of a compiled LangGraph graph, whose own type has many parameters that vary by kind. */
export interface RunnableGraph {
  invoke(input: unknown, config: GraphConfig): Promise<unknown>;
  getState(config: GraphConfig): Promise<StateSnapshot>;
  updateState(config: GraphConfig, values: Record<string, unknown>, asNode: string): Promise<unknown>;
}

export interface GraphConfig {
  configurable: { thread_id: string; checkpoint_id?: string };
  durability?: 'sync';
  signal?: AbortSignal;
  recursionLimit?: number;
}

/** Where a graph is to go on from: its state is updated as if by node `asNode`, and the next node follows. */
export interface GoOn<State> {
  asNode: string;
  update: Partial<State>;
}

/** How the phases of a kind begin again. Its state needs a channel `steered`, which the engine alone writes. */
export interface RerunRules<State> {
  /**
   * The phases that can begin again, and the documents (by path) that may be edited for it: those the phase builds
   * on. The last phase has to be among them; a fork of a session that has ended begins it again.
   */
  phases: Readonly<Record<string, readonly string[]>>;
  /**
   * How a phase begins again. A pure function, asked before a request is taken and again when it is carried out.
   * The update must lead to step keys that were never used in the session.
   * @returns null when the work has not come that far
   */
  from(
    state: State,
    wish: Pick<SteerRequest, 'phase' | 'artifacts'>,
    run: Pick<Run, 'session' | 'settings'>,
  ): GoOn<State> | null;
  /** Whether a committed step belongs to the past that a fork takes along from this state. */
  isPast(state: State, stepKey: string): boolean;
}

/** A wired graph, before it is compiled with the run's checkpointer. */
export interface KindGraph {
  compile(options: { checkpointer: BaseCheckpointSaver }): RunnableGraph;
}

/**
 * A kind of session as the engine runs it: its rules, plus its graph. Adding a kind is one folder under
 * `graphs/` with one of these, and one line in `graphs/index.ts`.
 */
export interface GraphKind<State extends object = Record<string, unknown>> extends KindRules {
  /** Wires the graph for one run. Called once per run; everything nodes need comes through `run`. */
  graph(run: Run): KindGraph;
  /** What a mission starts with. Kinds of turns give what holds before the first turn. */
  input(run: Run): Partial<State>;
  /** What one message of a person puts into the graph. Kinds of turns only. */
  turn?(session: Session, message: Message): Partial<State>;
  /** The turn number of the last message the state has taken in; 0 before the first. Kinds of turns only. */
  lastTurn?(state: State): number;
  view(state: State): StateView;
  /** For a graph that has run to its end. For kinds of turns: what holds between turns. */
  outcome(state: State): Outcome;
  /**
   * How to go on when a person retries a session whose graph has ended: the state is updated as if by node
   * `asNode`, and the graph goes on from there. Null when there is nothing to go on with.
   * @param advice what the person said along with it, if anything
   */
  retry?(state: State, advice: string | null): GoOn<State> | null;
  /** How phases begin again; absent where none can, and where sessions cannot be forked. */
  rerun?: RerunRules<State>;
}
