import { USER_ROLES, type UserRole } from '../core/vocabulary.js';

/**
 * What somebody wants with a session: `read` it and all that belongs to it, or `act` on it (change, cancel, retry,
 * steer, extend its budget, delete). Deciding a gate is neither: its policy says who may.
 */
export type Wish = 'read' | 'act';

/** Whether a role is at least as high as another. */
export function isAtLeast(role: UserRole, atLeast: UserRole): boolean {
  return USER_ROLES.indexOf(role) >= USER_ROLES.indexOf(atLeast);
}

/** Whether a role reads the sessions of the whole team, and not only its own. */
export function readsTeam(role: UserRole): boolean {
  return isAtLeast(role, 'approver');
}

/**
 * The one rule of who may do what with a session: its owner everything; administrators everything; approvers read.
 * @param owner the id of the session's user
 */
export function mayWith(caller: { userId: string; role: UserRole }, owner: string, wish: Wish): boolean {
  if (caller.userId === owner || caller.role === 'admin') return true;
  return wish === 'read' && readsTeam(caller.role);
}
