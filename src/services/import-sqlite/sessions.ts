import { SESSION_STATUSES, STUDIO_PHASES } from '../../core/vocabulary.js';
import { UnfitValueError, type SourceRow } from './source-row.js';
import type { ImportContext, RowPlan, TableImport } from './table-import.js';

const COLUMNS = [
  'session_id',
  'user_mission',
  'project_name',
  'status',
  'current_phase',
  'created_at',
  'updated_at',
  'iteration_count',
  'qa_passed',
  'work_dir',
  'state_json',
  'metadata',
];

/** Statuses of a session that something was still working on, or that waited for an answer. */
const UNFINISHED = ['pending', 'running', 'awaiting_approval'];
/** Session ids name folders and stand in addresses. */
const SAFE_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Sessions keep their ids and become studio sessions of the importing user. One that was unfinished is cancelled:
 * its checkpoints cannot be continued here, nothing of it went wrong (so it did not fail), and a cancelled session
 * can be retried.
 * @param onProject told about each project that had to be made
 */
export function sessionsImport(context: ImportContext, onProject: () => void): TableImport {
  return {
    table: 'sessions',
    key: 'session_id',
    columns: COLUMNS,
    plan: (row) => plan(row, context, onProject),
  };
}

async function plan(row: SourceRow, context: ImportContext, onProject: () => void): Promise<RowPlan> {
  const { repository, userId, importedAt } = context;
  const sessionId = row.requiredText('session_id', 64);
  if (!SAFE_ID.test(sessionId))
    throw new UnfitValueError(
      'session_id',
      'must be of letters, digits, "_", "-" and ".", and start with one of the first three',
    );
  const status = row.oneOf('status', SESSION_STATUSES.studio, 'pending');
  const unfinished = UNFINISHED.includes(status);
  const createdAt = row.requiredTime('created_at');
  const updatedAt = row.time('updated_at') ?? createdAt;
  const projectName = row.text('project_name', 255)?.trim() || null;
  const workDir = row.text('work_dir');
  const session = {
    sessionId,
    kind: 'studio' as const,
    userId,
    userMission: row.requiredText('user_mission'),
    projectName,
    status: unfinished ? ('cancelled' as const) : status,
    currentPhase: row.oneOf('current_phase', STUDIO_PHASES, 'pm'),
    createdAt,
    updatedAt,
    lastActiveAt: updatedAt,
    completedAt: unfinished ? new Date(importedAt) : updatedAt,
    iterationCount: row.integer('iteration_count', 0),
    qaPassed: row.boolean('qa_passed'),
    stateJson: row.json('state_json'),
    metadata: { ...row.json('metadata'), importedAt, ...(workDir && { originalWorkDir: workDir }) },
    ...(unfinished && {
      error: {
        code: 'imported_unfinished',
        message: `The session was "${status}" when its database was imported. Retry it to start it again.`,
        details: { status },
      },
    }),
  };

  const owner = await repository.sessionOwner(sessionId);
  if (owner === userId) return { action: 'leave' };
  if (owner !== null) return { action: 'skip', reason: 'session_id: is a session of another user here' };
  const changed: [string, string][] = [];
  if (unfinished)
    changed.push([
      'status',
      `was "${status}", is "cancelled": its run cannot be continued here, but it can be retried`,
    ]);
  if (workDir)
    changed.push(['work_dir', 'is a path of another installation, kept as metadata.originalWorkDir']);
  return {
    action: 'write',
    changed,
    write: async (inner) => {
      const project = projectName === null ? null : await inner.projectNamed(userId, projectName);
      await inner.addSession({ ...session, projectId: project?.id ?? null });
      if (project?.created) onProject();
    },
  };
}
