import type { SessionView } from '../http/presenters/session.js';

/** A studio session as the API shows it right after it was accepted, but for what is given. */
export function followedSession(given: Partial<SessionView> = {}): SessionView {
  const createdAt = given.createdAt ?? '2026-01-01T00:00:00.000Z';
  return {
    sessionId: '01a204a6-a1d4-7044-a79e-0ef9ac0c53f0',
    userId: '01a204a6-a1d4-7044-a79e-0ef9ac0c53f1',
    ownerName: 'Ada',
    kind: 'studio',
    name: null,
    mission: 'A URL shortener',
    projectName: null,
    status: 'pending',
    phase: 'pm',
    iterationCount: 0,
    qaPassed: false,
    error: null,
    options: {},
    summary: null,
    isPinned: false,
    createdAt,
    updatedAt: createdAt,
    startedAt: null,
    completedAt: null,
    lastActiveAt: createdAt,
    expiresAt: null,
    parentSessionId: null,
    workDir: null,
    pendingApprovalId: null,
    rehearsal: false,
    budget: null,
    ...given,
  };
}
