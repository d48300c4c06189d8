import type { DataSource } from 'typeorm';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import { fittingFiles } from '../../core/path-set.js';
import type { Artifact } from '../../db/entities/artifact.js';
import type { Session } from '../../db/entities/session.js';
import { repositories } from '../../db/repositories/index.js';
import type { Attempt, History } from '../../services/source/branch.js';
import { parseManifest } from '../../services/source/manifest.js';
import type { FileRef } from './state.js';
import { ATTEMPT_STEPS, SOURCE_STEP, type AttemptResult } from './steps.js';

/**
 * A mission's attempts as the database has committed them, each with its files, QA's tests and what the scaffold
 * made. Attempts that QA has not judged yet are left out: their commits would change with the verdict.
 */
export async function historyOf(
  session: Pick<Session, 'sessionId' | 'userMission' | 'createdAt' | 'stateJson'>,
  dataSource: DataSource,
  store: ArtifactStore,
): Promise<History> {
  const { sessionId, userMission, createdAt, stateJson } = session;
  const { runs, artifacts } = repositories(dataSource.manager);
  const started = await runs.findEffect(sessionId, SOURCE_STEP);
  const manifest = (started?.result as { result?: { manifest?: string } } | undefined)?.result?.manifest;
  const effects = await runs.listEffects(sessionId, ATTEMPT_STEPS);
  const rows = await artifacts.list(sessionId);
  const attempts = effects.flatMap(({ result }) => {
    const attempt = (result as { result: Partial<AttemptResult> }).result;
    return attempt.files && attempt.iteration !== undefined ? (judged(attempt, rows) ?? []) : [];
  });
  const best = stateJson?.['bestIteration'];
  return {
    sessionId,
    mission: userMission,
    createdAt,
    base: manifest === undefined ? null : parseManifest(await store.get(manifest)),
    attempts,
    ...(typeof best === 'number' && { best }),
  };
}

/** An attempt with all that belongs to it, if there is a report of its tests. */
function judged(attempt: Partial<AttemptResult>, rows: readonly Artifact[]): Attempt | undefined {
  const iteration = attempt.iteration ?? 0;
  const upTo = rows.filter(({ metadata }) => Number(metadata['iteration'] ?? 0) <= iteration);
  const report = upTo.findLast(
    ({ artifactType, metadata }) => artifactType === 'test_report' && metadata['iteration'] === iteration,
  );
  if (!report) return undefined;
  const files = new Map<string, string>();
  const add = (type: string, by: string): void => {
    for (const { artifactType, filePath, contentHash, metadata } of upTo)
      if (artifactType === type && metadata['by'] === by && contentHash) files.set(filePath, contentHash);
  };
  const scaffolded = report.metadata['scaffolded'] as FileRef[] | undefined;
  if (scaffolded) for (const { path, sha256 } of scaffolded) files.set(path, sha256);
  else add('code', 'scaffold');
  for (const { path, sha256 } of attempt.files ?? []) files.set(path, sha256);
  const tests = report.metadata['tests'] as FileRef[] | undefined;
  if (tests) for (const { path, sha256 } of tests) files.set(path, sha256);
  else add('test', 'qa');
  // The last come first, as in a delivery: what cannot stand beside QA's tests was set aside.
  const { fit } = fittingFiles([...files].map(([path, sha256]) => ({ path, sha256 })).toReversed());
  const count = (name: string): number => Number(report.metadata[name] ?? 0);
  return {
    iteration,
    summary: attempt.summary ?? '',
    files: fit,
    deleted: (attempt.deleted ?? []).filter((path) => !files.has(path)),
    tests: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
  };
}
