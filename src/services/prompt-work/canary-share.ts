import { sha256 } from '../../core/hash.js';
import type { PromptCanary } from '../../db/entities/prompt-canary.js';

/**
 * Whether a mission gets a canary: by a hash of both ids, so that it is the same however often one asks, and one
 * canary's missions are no more likely to be another's.
 */
export function inCanary(canary: Pick<PromptCanary, 'id' | 'percent'>, sessionId: string): boolean {
  const bucket = Number.parseInt(sha256(`${canary.id}:${sessionId}`).slice(0, 8), 16) % 10_000;
  return bucket < canary.percent * 100;
}
