import { call } from '../../components/api.js';
import type { Decision } from '../../../src/core/vocabulary.js';
import type { OpenComment } from './threads.js';

/** What somebody has typed at a gate and not sent. */
export interface Typed {
  notes: string;
  changes: string;
  target: string;
  rejection: string;
  bypass: string;
  /** New texts of documents, by path. */
  edits: Record<string, string>;
  /** The SHA-256 of the versions that those edits began with, by path. */
  editedFrom: Record<string, string>;
  comment: OpenComment;
}

/** What a decision says, beside what it is for. */
export interface Wish {
  decision: Decision;
  comment?: string;
  target?: string;
  edits?: { path: string; content: string }[];
  bypass?: { reason: string };
}

/** The gate after a decision: closed, or `pending` when more people have to approve. */
export interface Decided {
  status: string;
  votes: { given: number; needed: number };
}

/**
 * Sends a decision for exactly the versions that were read.
 * @throws ApiProblem, such as `stale_artifacts`, `already_decided` and `already_voted`
 */
export function decide(
  approvalId: string,
  shown: readonly { sha256: string }[],
  wish: Wish,
): Promise<Decided> {
  const { comment, ...rest } = wish;
  return call<Decided>('POST', `/approvals/${approvalId}/decision`, {
    ...rest,
    ...(comment !== undefined && comment.trim() !== '' && { comment: comment.trim() }),
    artifactHashes: shown.map(({ sha256 }) => sha256),
  });
}
