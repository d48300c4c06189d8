import { useSelector } from 'react-redux';
import type { UserRole } from '../../src/core/vocabulary.js';

/** Who is signed in, as the server put it into the page. */
export interface Me {
  id: string;
  email: string;
  name: string;
  role: UserRole;
  mustChangePassword: boolean;
}

const RANK: Readonly<Record<UserRole, number>> = { viewer: 0, submitter: 1, approver: 2, admin: 3 };

/** The person who is signed in. */
export function useMe(): Me {
  return useSelector<{ session: Me }, Me>((state) => state.session);
}

/** Whether the person has at least this role. What it hides, the API refuses too. */
export function useRole(atLeast: UserRole): boolean {
  return RANK[useMe().role] >= RANK[atLeast];
}
