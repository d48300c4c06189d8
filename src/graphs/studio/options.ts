import { z } from 'zod';
import { sourceOption } from '../../adapters/source/port.js';
import type { Session } from '../../db/entities/session.js';
import type { SettingValues } from '../../services/settings.js';
import { budgetOption } from '../../services/budgets.js';

/** What a submitter may choose for a mission. */
export const studioOptions = z.strictObject({
  /** Rounds between Engineer and QA; the setting `maxIterations` when absent. */
  maxIterations: z.number().int().min(1).max(50).optional(),
  /** Existing code to start from; a new project when absent. */
  source: sourceOption.optional(),
  /** Whether the project's npm dependencies are installed before its tests; only where the setting allows it. */
  installDependencies: z.boolean().optional(),
  /** At its edge the mission pauses until it is extended. */
  budget: budgetOption.optional(),
});

/**
 * Whether dependencies are installed for a mission: it asked for that when it was submitted, and an administrator
 * allows it now. Agents have no say in either.
 */
export function mayInstall(session: Pick<Session, 'options'>, settings: SettingValues): boolean {
  return settings.installDependencies && studioOptions.parse(session.options).installDependencies === true;
}
