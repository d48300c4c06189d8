import { isUtf8 } from 'node:buffer';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { lineDiff } from '../core/line-diff.js';
import type { ArtifactType } from '../core/vocabulary.js';
import type { Artifact } from '../db/entities/artifact.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import type { Caller, SessionService } from './sessions.js';

/** Longest difference of one file that is given, in characters. */
const MAX_DIFF = 20_000;
/** Largest file that is compared line by line, in bytes. */
const MAX_FILE = 200_000;
/** Files that are compared line by line; of more it is only said that they differ. */
const MAX_DIFFS = 50;

/** One side of a comparison. What a fork took over from its parent is not in its figures. */
export interface ComparedSession {
  session: Session;
  /** The last run of QA's tests; null before the first. */
  tests: { passed: number; failed: number; skipped: number } | null;
  tokens: number;
  costUsd: number;
  /** Of the agents' work; waiting at gates and in queues is not in it. */
  seconds: number;
}

/** A file or document that at least one of the two sessions has. */
export interface ComparedArtifact {
  path: string;
  type: ArtifactType;
  status: 'same' | 'changed' | 'only_a' | 'only_b';
  /** The newest version of each side. */
  a: { id: number; version: number; sha256: string } | null;
  b: { id: number; version: number; sha256: string } | null;
  /** From a to b, as a unified diff without a header; null for what has not changed or is no text of a fit size. */
  diff: string | null;
  /** Whether the difference goes on where `diff` ends, or was left out as there are too many. */
  truncated: boolean;
}

export interface Comparison {
  a: ComparedSession;
  b: ComparedSession;
  /** By path. */
  artifacts: ComparedArtifact[];
  /** The prompt version of each profile in each session. */
  promptVersions: { profile: string; a: number | null; b: number | null }[];
}

const counts = z.object({ tests: z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }) });

/** Two sessions side by side: what they made, how it was judged, and at what cost. */
export class ComparisonService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionService,
    private readonly store: ArtifactStore,
  ) {}

  /** @throws NotFoundError when the caller has no such session, for either of the two */
  async compare(caller: Caller, sessionA: string, sessionB: string): Promise<Comparison> {
    const [a, b] = [await this.sideOf(caller, sessionA), await this.sideOf(caller, sessionB)];
    const profiles = [
      ...new Set([...Object.keys(a.session.promptVersions), ...Object.keys(b.session.promptVersions)]),
    ].toSorted();
    const versionOf = ({ session }: ComparedSession, profile: string): number | null => {
      const id = session.promptVersions[profile];
      return id === undefined ? null : Number(id);
    };
    return {
      a,
      b,
      artifacts: await this.artifactsOf(sessionA, sessionB),
      promptVersions: profiles.map((profile) => ({
        profile,
        a: versionOf(a, profile),
        b: versionOf(b, profile),
      })),
    };
  }

  private async sideOf(caller: Caller, sessionId: string): Promise<ComparedSession> {
    const session = await this.sessions.get(caller, sessionId);
    const read = counts.safeParse(session.stateJson);
    const used = await repositories(this.dataSource.manager).runs.totals(sessionId);
    return { session, tests: read.success ? read.data.tests : null, ...used };
  }

  private async artifactsOf(sessionA: string, sessionB: string): Promise<ComparedArtifact[]> {
    const { artifacts } = repositories(this.dataSource.manager);
    const newest = async (sessionId: string): Promise<Map<string, Artifact>> =>
      new Map(
        (await artifacts.list(sessionId, { newestOnly: true })).map((row) => [
          `${row.filePath}\n${row.artifactType}`,
          row,
        ]),
      );
    const [ofA, ofB] = [await newest(sessionA), await newest(sessionB)];
    const compared: ComparedArtifact[] = [];
    let diffs = 0;
    for (const key of [...new Set([...ofA.keys(), ...ofB.keys()])].toSorted()) {
      const [a, b] = [ofA.get(key), ofB.get(key)];
      const either = a ?? b;
      if (!either) continue;
      const changed = a !== undefined && b !== undefined && a.contentHash !== b.contentHash;
      const within = diffs < MAX_DIFFS;
      if (changed) diffs += 1;
      const diff = changed && within ? await this.diffOf(a, b) : null;
      compared.push({
        path: either.filePath,
        type: either.artifactType,
        status: a === undefined ? 'only_b' : b === undefined ? 'only_a' : changed ? 'changed' : 'same',
        a: versionOf(a),
        b: versionOf(b),
        diff: diff === null ? null : cut(diff),
        truncated: diff === null ? changed && !within : diff.length > MAX_DIFF,
      });
    }
    return compared;
  }

  private async diffOf(a: Artifact, b: Artifact): Promise<string | null> {
    if (Math.max(a.sizeBytes ?? 0, b.sizeBytes ?? 0) > MAX_FILE) return null;
    const [before, after] = await Promise.all([a, b].map((row) => this.store.get(row.contentHash ?? '')));
    if (!before || !after || !isText(before) || !isText(after)) return null;
    return lineDiff(before.toString('utf8'), after.toString('utf8'));
  }
}

function isText(content: Buffer): boolean {
  return isUtf8(content) && !content.includes(0);
}

/** At most so much, ending with a whole line. */
function cut(diff: string): string {
  if (diff.length <= MAX_DIFF) return diff;
  const end = diff.lastIndexOf('\n', MAX_DIFF);
  return diff.slice(0, end > 0 ? end : MAX_DIFF);
}

function versionOf(row: Artifact | undefined): ComparedArtifact['a'] {
  return row ? { id: row.id, version: row.version, sha256: row.contentHash ?? '' } : null;
}
