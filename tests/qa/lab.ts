import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/adapters/sandbox/port.js';
import { sha256 } from '../../src/core/hash.js';
import { Semaphore } from '../../src/core/semaphore.js';
import type { ProjectFile } from '../../src/graphs/studio/files.js';
import { type Proof, proofOf } from '../../src/graphs/studio/proof.js';
import { judge, type Verdict } from '../../src/graphs/studio/verdict.js';
import { type Trial, Workshop } from '../../src/graphs/studio/workshop.js';

/** What QA makes of an attempt: the same functions in the same order as in a mission. */
export interface Judgement {
  proof: Proof;
  trial: Trial;
  verdict: Verdict;
}

export interface Attempt {
  scaffold: string;
  tests: readonly ProjectFile[];
  files: readonly ProjectFile[];
  timeoutMs?: number;
  /** The spec's reason for skipped tests. */
  skipsAllowed?: string | null;
}

/** A workshop of its own for a test file. */
export async function openLab(sandbox: Sandbox, slots: number) {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-qa-'));
  const workshop = new Workshop(sandbox, folder, new Semaphore(slots));
  const proofs = new Map<string, Promise<Proof>>();
  const prove = (attempt: Attempt): Promise<Proof> => {
    const allowed = attempt.skipsAllowed ?? null;
    const key = sha256(JSON.stringify([attempt.scaffold, attempt.tests, allowed]));
    const known =
      proofs.get(key) ?? workshop.try(input(attempt, true)).then((trial) => proofOf(trial, allowed));
    proofs.set(key, known);
    return known;
  };
  return {
    async judge(attempt: Attempt): Promise<Judgement> {
      const proof = await prove(attempt);
      const trial = await workshop.try(input(attempt, false));
      return { proof, trial, verdict: judge(trial, proof, attempt.skipsAllowed ?? null) };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const input = ({ scaffold, tests, files, timeoutMs = 60_000 }: Attempt, empty: boolean) => ({
  scaffold,
  tests,
  files: empty ? [] : files,
  empty,
  timeoutMs,
  signal: new AbortController().signal,
});
