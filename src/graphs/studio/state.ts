import { Annotation } from '@langchain/langgraph/web';
import type { GateVerdict } from '../../engine/graph-kind.js';
import type { ShownArtifact } from '../../db/entities/approval.js';
import type { Coverage } from './coverage.js';
import type { AttemptRecord, Plan } from './strategy.js';

/** A file of the project by its content's hash; the artifact store has the content. */
export interface FileRef {
  path: string;
  sha256: string;
}

/** What the last run of the tests said. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of the tests that failed, or why there was no usable report. */
  failing: string[];
}

/** The best state of the code so far: what is delivered if QA never passes. */
export interface BestAttempt {
  iteration: number;
  counts: TestCounts;
  files: FileRef[];
  /** Paths of the base that this attempt does away with. */
  deleted?: string[];
}

/** A test that QA rewrote because it contradicted the PRD or the spec. */
export interface RewrittenTest {
  test: string;
  file: string;
  /** The attempt whose failure led to it. */
  iteration: number;
  reason: string;
}

/** The studio's state: references and decisions. Documents and code live in the artifact store. */
export const StudioState = Annotation.Root({
  mission: Annotation<string>,
  maxIterations: Annotation<number>,
  /** The hash of the manifest of the code the mission started from; null for a new project. */
  base: Annotation<string | null>,
  /** How often the documents were sent back; part of the steps' keys. */
  revision: Annotation<number>,
  prd: Annotation<ShownArtifact | null>,
  techSpec: Annotation<ShownArtifact | null>,
  scaffold: Annotation<ShownArtifact | null>,
  /** The verdict of the last gate. */
  verdict: Annotation<GateVerdict | null>,
  /** The gates that a person has let what stands now through; see `gates.ts`. */
  passed: Annotation<string[]>,
  /** What a person advised the Engineer to do, since the last time a person was asked. */
  advice: Annotation<string | null>,
  /** 1-based count of the Engineer's attempts. */
  iteration: Annotation<number>,
  /** How many of these there had been when the Engineer's phase last began; more than 0 after a rerun. */
  attemptsBefore: Annotation<number>,
  /** The Engineer's attempts since its phase last began, oldest first. */
  attempts: Annotation<AttemptRecord[]>,
  /** The number of the attempt after which the strategies were last to be had again: those before it do not count. */
  roundAfter: Annotation<number>,
  /** How the next attempt is to go, if another way than the last. */
  plan: Annotation<Plan | null>,
  /** The Engineer's files: all of a new project, what differs from the base of an existing one. */
  files: Annotation<FileRef[]>,
  /** Paths of the base that the Engineer did away with. */
  deleted: Annotation<string[]>,
  /** `files` and `deleted` as they were before the last attempt; null before the first. */
  before: Annotation<{ files: FileRef[]; deleted: string[] } | null>,
  tests: Annotation<FileRef[]>,
  /** How often a person asked for new tests after QA's were of no use; part of the steps' keys. */
  testsRound: Annotation<number>,
  /** Why QA's tests are of no use, after all its tries; null when they are. */
  testsRefused: Annotation<string[] | null>,
  rewritten: Annotation<RewrittenTest[]>,
  counts: Annotation<TestCounts | null>,
  coverage: Annotation<Coverage | null>,
  /** How many tests pass without the product. */
  provesNothing: Annotation<number>,
  testReport: Annotation<ShownArtifact | null>,
  /** The same report for programs: the failures as the runner told them. */
  reportJson: Annotation<ShownArtifact | null>,
  bugReport: Annotation<ShownArtifact | null>,
  /** What was tried while nothing moved, for a person. */
  stuckReport: Annotation<ShownArtifact | null>,
  /** What is about to be delivered, for a person; where the mission asks for that gate. */
  delivery: Annotation<ShownArtifact | null>,
  best: Annotation<BestAttempt | null>,
  qaPassed: Annotation<boolean>,
  done: Annotation<boolean>,
  /** The last request to begin a phase again that was carried out. */
  steered: Annotation<string | null>,
});
export type StudioState = typeof StudioState.State;
export type StudioUpdate = Partial<StudioState>;
