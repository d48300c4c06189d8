import { z } from 'zod';
import { SESSION_KINDS, SESSION_STATUSES } from '../../core/vocabulary.js';
import type { Session } from '../../db/entities/session.js';
import type { KindRules } from '../../services/kind-rules.js';
import type { NewSession, SessionDetail, SessionOverview } from '../../services/sessions.js';
import type { BudgetState } from '../../services/budgets.js';
import { budgetView, presentBudget } from './budget.js';
import { iso, time } from './time.js';

const json = z.record(z.string(), z.unknown());

/** Every status of every kind, each once. */
export const ALL_STATUSES = [...new Set(Object.values(SESSION_STATUSES).flat())];

const common = {
  sessionId: z.string(),
  userId: z.string().describe('Whose session it is.'),
  kind: z.enum(SESSION_KINDS),
  name: z.string().nullable(),
  projectName: z.string().nullable(),
  status: z.enum(ALL_STATUSES),
  phase: z.string().describe('Where the session stands, such as `pm`, `arch`, `human_gate`, `eng`, `qa`.'),
  iterationCount: z.number().int().describe('Rounds between Engineer and QA so far.'),
  qaPassed: z.boolean(),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean().optional(),
      details: json.optional(),
    })
    .nullable()
    .describe('Why the session needs a look or has failed.'),
  isPinned: z.boolean(),
  createdAt: time,
  updatedAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  lastActiveAt: time,
  expiresAt: time.nullable(),
  parentSessionId: z.string().nullable(),
  pendingApprovalId: z.string().nullable().describe('The gate that waits for a decision now.'),
};

/** One session, whole. */
export const sessionView = z
  .strictObject({
    ...common,
    ownerName: z.string().nullable().describe('Null in the answer that accepts the session.'),
    mission: z.string(),
    options: json,
    summary: json.nullable().describe('Small facts about the state of the work, per kind.'),
    workDir: z.string().nullable().describe('The folder with the project, on the server.'),
    rehearsal: z.boolean().describe('Whether recorded answers stood in for a model in any execution.'),
    budget: budgetView
      .nullable()
      .describe('What it has used, and may use; null in the answer that accepts the session.'),
  })
  .meta({ id: 'SessionView' });
export type SessionView = z.infer<typeof sessionView>;

/** One session in a list: without its long texts. */
export const sessionSummaryView = z
  .strictObject({
    ...common,
    missionPreview: z.string().describe('The first 280 characters of the mission.'),
    ownerName: z.string(),
  })
  .meta({ id: 'SessionSummaryView' });
export type SessionSummaryView = z.infer<typeof sessionSummaryView>;

function presentCommon(
  session: Omit<Session, 'userMission' | 'stateJson'>,
  pendingApprovalId: string | null,
) {
  return {
    sessionId: session.sessionId,
    userId: session.userId,
    kind: session.kind,
    name: session.name,
    projectName: session.projectName,
    status: session.status,
    phase: session.currentPhase,
    iterationCount: session.iterationCount,
    qaPassed: session.qaPassed,
    error: session.error,
    isPinned: session.isPinned,
    createdAt: iso(session.createdAt),
    updatedAt: iso(session.updatedAt),
    startedAt: iso(session.startedAt),
    completedAt: iso(session.completedAt),
    lastActiveAt: iso(session.lastActiveAt),
    expiresAt: iso(session.expiresAt),
    parentSessionId: session.parentSessionId,
    pendingApprovalId,
  };
}

/** A session as those who may read it see it. */
export function presentSession(
  { session, pendingApprovalId, rehearsal, ownerName }: SessionDetail,
  budget: BudgetState,
): SessionView {
  return {
    ...presentCommon(session, pendingApprovalId),
    ownerName,
    mission: session.userMission,
    options: session.options,
    summary: session.stateJson,
    workDir: session.workDir,
    rehearsal,
    budget: presentBudget(budget),
  };
}

/** A session as lists show it. */
export function presentSessionSummary(session: SessionOverview): SessionSummaryView {
  return {
    ...presentCommon(session, session.pendingApprovalId),
    missionPreview: session.missionPreview,
    ownerName: session.ownerName,
  };
}

/**
 * A session as it was when it was accepted, whatever has become of it since. Made only of the request and of
 * what never changes on the row, so that a repeated request with the same Idempotency-Key reads the same.
 */
export function presentAcceptedSession(
  session: Session,
  rules: KindRules,
  asked: Pick<NewSession, 'name' | 'projectName'>,
): SessionView {
  const createdAt = iso(session.createdAt);
  return {
    sessionId: session.sessionId,
    userId: session.userId,
    ownerName: null,
    kind: session.kind,
    name: asked.name?.trim() ?? null,
    mission: session.userMission,
    projectName: asked.projectName?.trim() ?? null,
    status: rules.statuses.created,
    phase: rules.phases[0]?.id ?? '',
    iterationCount: 0,
    qaPassed: false,
    error: null,
    options: session.options,
    summary: null,
    isPinned: false,
    createdAt,
    updatedAt: createdAt,
    startedAt: null,
    completedAt: null,
    lastActiveAt: createdAt,
    expiresAt: null,
    parentSessionId: session.parentSessionId,
    workDir: session.workDir,
    pendingApprovalId: null,
    rehearsal: false,
    budget: null,
  };
}
