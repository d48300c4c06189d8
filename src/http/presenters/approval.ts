import { z } from 'zod';
import { APPROVAL_STATUSES, ARTIFACT_TYPES } from '../../core/vocabulary.js';
import type { Approval } from '../../db/entities/approval.js';
import type { KindRules } from '../../services/kind-rules.js';
import { iso, time } from './time.js';

/** A document or file as it was when the gate opened. */
export const shownArtifactView = z
  .strictObject({
    id: z.number().int().describe('The artifact to read: `GET /api/v1/artifacts/{id}/content`.'),
    type: z.enum(ARTIFACT_TYPES),
    path: z.string(),
    version: z.number().int(),
    sha256: z.string().describe('Give these back as `artifactHashes` with the decision.'),
  })
  .meta({ id: 'ShownArtifactView' });

/** One request at a human gate, and its answer once there is one. */
export const approvalView = z
  .strictObject({
    id: z.string(),
    sessionId: z.string(),
    gate: z.string(),
    gateLabel: z.string(),
    status: z.enum(APPROVAL_STATUSES),
    artifacts: z.array(shownArtifactView),
    comment: z.string().nullable(),
    target: z.string().nullable().describe('The phase that was asked for changes.'),
    decidedBy: z.string().nullable().describe('The id of the user who decided.'),
    decidedAt: time.nullable(),
    expiresAt: time.nullable(),
    createdAt: time,
    changeTargets: z
      .array(z.string())
      .describe('Phases that can be asked for changes; the first by default.'),
  })
  .meta({ id: 'ApprovalView' });
export type ApprovalView = z.infer<typeof approvalView>;

/** A gate request with what its kind says about the gate; `rules` is absent for a kind no longer built in. */
export function presentApproval(approval: Approval, rules: KindRules | undefined): ApprovalView {
  const gate = rules?.gates[approval.gate];
  return {
    id: approval.id,
    sessionId: approval.sessionId,
    gate: approval.gate,
    gateLabel: gate?.label ?? approval.gate,
    status: approval.status,
    artifacts: approval.artifacts.map(({ id, type, path, version, sha256 }) => ({
      id,
      type,
      path,
      version,
      sha256,
    })),
    comment: approval.comment,
    target: approval.targetPhase,
    decidedBy: approval.decidedBy,
    decidedAt: iso(approval.decidedAt),
    expiresAt: iso(approval.expiresAt),
    createdAt: iso(approval.createdAt),
    changeTargets: [...(gate?.changeTargets ?? [])],
  };
}
