import { posix, win32 } from 'node:path';
import { sha256 } from '../../core/hash.js';
import { ARTIFACT_TYPES, EXECUTION_STATUSES } from '../../core/vocabulary.js';
import { UnfitValueError, type SourceRow } from './source-row.js';
import type { ImportContext, RowPlan, TableImport } from './table-import.js';

const MAX_DURATION_SECONDS = 99_999_999;

/** The artifacts of the user's sessions: what is known about each file; the files themselves are not in the database. */
export async function artifactsImport(
  context: ImportContext,
  workDirOf: (sessionId: string) => string | null,
): Promise<TableImport> {
  const { repository } = context;
  const known = await repository.importKeys('artifacts');
  const ownSession = sessionCheck(context);
  return {
    table: 'artifacts',
    key: 'id',
    columns: [
      'id',
      'session_id',
      'artifact_type',
      'file_path',
      'content_hash',
      'version',
      'created_at',
      'metadata',
    ],
    async plan(row): Promise<RowPlan> {
      const sessionId = await ownSession(row);
      const createdAt = row.requiredTime('created_at');
      const importKey = keyOf('artifacts', sessionId, row.requiredText('id'), createdAt);
      if (known.has(importKey)) return { action: 'leave' };
      const file = {
        sessionId,
        artifactType: row.oneOf('artifact_type', ARTIFACT_TYPES),
        filePath: insideWorkDir(row.requiredText('file_path'), workDirOf(sessionId)),
      };
      const wanted = row.integer('version', 1, 1);
      const version = await repository.freeArtifactVersion(file, wanted);
      const metadata = { ...row.json('metadata'), importKey, importedAt: context.importedAt };
      const contentHash = row.text('content_hash', 64);
      return {
        action: 'write',
        changed:
          version === wanted ? [] : [['version', `was ${wanted}, which the file has already; is ${version}`]],
        write: async (inner) => {
          await inner.addArtifact({ ...file, contentHash, version, createdAt, metadata });
          known.add(importKey);
        },
      };
    },
  };
}

/** The agent runs of the user's sessions. A run that was under way is `interrupted`: nobody carries it any more. */
export async function executionsImport(context: ImportContext): Promise<TableImport> {
  const known = await context.repository.importKeys('agent_executions');
  const ownSession = sessionCheck(context);
  return {
    table: 'agent_executions',
    key: 'id',
    columns: [
      'id',
      'session_id',
      'agent_type',
      'started_at',
      'completed_at',
      'status',
      'input_summary',
      'output_summary',
      'error_message',
      'tokens_used',
      'duration_seconds',
      'metadata',
    ],
    async plan(row): Promise<RowPlan> {
      const sessionId = await ownSession(row);
      const startedAt = row.requiredTime('started_at');
      const importKey = keyOf('agent_executions', sessionId, row.requiredText('id'), startedAt);
      if (known.has(importKey)) return { action: 'leave' };
      const status = row.oneOf('status', EXECUTION_STATUSES, 'running');
      const durationSeconds = row.number('duration_seconds');
      if (durationSeconds !== null && Math.abs(durationSeconds) > MAX_DURATION_SECONDS)
        throw new UnfitValueError('duration_seconds', `${durationSeconds} is too large`);
      const execution = {
        sessionId,
        agentType: row.requiredText('agent_type', 50),
        startedAt,
        completedAt: row.time('completed_at'),
        status: status === 'running' ? ('interrupted' as const) : status,
        inputSummary: row.text('input_summary'),
        outputSummary: row.text('output_summary'),
        errorMessage: row.text('error_message'),
        tokensUsed: row.integer('tokens_used', 0),
        durationSeconds,
        metadata: { ...row.json('metadata'), importKey, importedAt: context.importedAt },
      };
      return {
        action: 'write',
        changed:
          status === 'running'
            ? [['status', 'was "running", is "interrupted": nobody carries the run here']]
            : [],
        write: async (inner) => {
          await inner.addExecution(execution);
          known.add(importKey);
        },
      };
    },
  };
}

/** What tells the row of a counter-keyed table apart from all others, in whichever copy of the database it is. */
function keyOf(table: string, sessionId: string, id: string, at: Date): string {
  return sha256(JSON.stringify([table, sessionId, id, at.toISOString()]));
}

/** Gives a row's session id, once it is sure that the session is here and the user's. */
function sessionCheck({ repository, userId }: ImportContext): (row: SourceRow) => Promise<string> {
  const owners = new Map<string, string | null>();
  return async (row) => {
    const sessionId = row.requiredText('session_id', 64);
    let owner = owners.get(sessionId);
    if (owner === undefined) {
      owner = await repository.sessionOwner(sessionId);
      owners.set(sessionId, owner);
    }
    if (owner !== userId) throw new UnfitValueError('session_id', `"${sessionId}" was not imported`);
    return sessionId;
  };
}

/**
 * A file's path relative to its session's work folder, with slashes.
 * @throws UnfitValueError when it is not inside that folder: a path that leads out must not reach a disk here
 */
function insideWorkDir(filePath: string, workDir: string | null): string {
  const style = win32.isAbsolute(filePath) && !posix.isAbsolute(filePath) ? win32 : posix;
  if (style.isAbsolute(filePath) && (workDir === null || !style.isAbsolute(workDir)))
    throw new UnfitValueError(
      'file_path',
      `"${filePath}" is absolute, and its session has no work_dir to be inside of`,
    );
  const relative = style.isAbsolute(filePath)
    ? style.relative(workDir ?? '', filePath)
    : style.normalize(filePath);
  const slashed = style === win32 ? relative.replaceAll('\\', '/') : relative;
  if (
    slashed === '' ||
    slashed === '.' ||
    slashed.split(/[\\/]/).includes('..') ||
    style.isAbsolute(relative)
  )
    throw new UnfitValueError('file_path', `"${filePath}" is not inside its session's work_dir`);
  return slashed;
}
