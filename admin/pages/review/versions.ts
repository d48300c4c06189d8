import { useEffect, useState } from 'react';
import type { ReviewView } from '../../../src/http/presenters/review.js';
import type { Shown } from './words.js';

/** The versions that a person reads, which may not be the ones that the gate shows by now. */
export interface ReadVersions {
  shown: readonly Shown[];
  /** What was read before the page followed a change; undefined when nothing changed. */
  old: readonly Shown[] | undefined;
  /** The gate shows something else by now: a decision for `shown` would be refused. */
  stale: boolean;
  /** Whether a decision was refused for that. */
  wasRefused: boolean;
  /** Shows what the gate shows now. */
  follow: () => void;
  /** A decision was refused as stale: follows as soon as the new versions are there. */
  refused: () => void;
}

/**
 * Keeps what a person reads under them until they ask for the new versions, or their decision was refused for it.
 * A closed gate is shown as it was decided.
 */
export function useReadVersions(review: ReviewView): ReadVersions {
  const [read, setRead] = useState<readonly Shown[]>(review.artifacts);
  const [old, setOld] = useState<readonly Shown[]>();
  const [wasRefused, setRefused] = useState(false);
  const waits = review.approval.status === 'pending';
  const changed = hashes(read) !== hashes(review.artifacts);
  const follow = (): void => {
    setOld(read);
    setRead(review.artifacts);
  };
  useEffect(() => {
    if (changed && wasRefused) follow();
  }, [changed, wasRefused]);
  return {
    shown: waits && changed ? read : review.artifacts,
    old: waits ? old : undefined,
    stale: waits && changed,
    wasRefused,
    follow,
    refused: () => setRefused(true),
  };
}

function hashes(of: readonly Shown[]): string {
  return of
    .map(({ path, sha256 }) => `${path} ${sha256}`)
    .toSorted()
    .join('\n');
}
