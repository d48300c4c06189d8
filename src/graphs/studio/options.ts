import { z } from 'zod';
import { MISSION_GATES, type MissionGate } from '../../core/vocabulary.js';
import { sourceOption } from '../../adapters/source/port.js';
import type { Session } from '../../db/entities/session.js';
import type { SettingValues } from '../../services/settings.js';
import { budgetOption } from '../../services/budgets.js';

/** What a submitter may choose for a mission. */
const gates = z
  .array(z.enum(MISSION_GATES))
  .min(1, `must name at least one gate, so that a person sees the work: ${MISSION_GATES.join(', ')}`)
  .max(MISSION_GATES.length)
  .refine((names) => new Set(names).size === names.length, 'names a gate twice');

export const studioOptions = z.strictObject({
  /** Rounds between Engineer and QA; the setting `maxIterations` when absent. */
  maxIterations: z.number().int().min(1).max(50).optional(),
  /** Existing code to start from; a new project when absent. */
  source: sourceOption.optional(),
  /** Whether the project's npm dependencies are installed before its tests; only where the setting allows it. */
  installDependencies: z.boolean().optional(),
  /** At its edge the mission pauses until it is extended. */
  budget: budgetOption.optional(),
  /** Where it stops for a person; `['after_spec']` when absent. */
  gates: gates.optional(),
});

/** The gates at which a mission stops, as its submitter chose. */
export function gatesOf({ options }: Pick<Session, 'options'>): readonly MissionGate[] {
  return studioOptions.parse(options).gates ?? ['after_spec'];
}

/** How many attempts of the Engineer a mission has at a time. */
export function roundsOf({ options }: Pick<Session, 'options'>, settings: { maxIterations: number }): number {
  return studioOptions.parse(options).maxIterations ?? settings.maxIterations;
}

/**
 * Whether dependencies are installed for a mission: it asked for that when it was submitted, and an administrator
 * allows it now. Agents have no say in either.
 */
export function mayInstall(session: Pick<Session, 'options'>, settings: SettingValues): boolean {
  return settings.installDependencies && asksForInstalls(session);
}

/** What reports say when a mission asked for installs and there are none; null otherwise. */
export function installRefusal(session: Pick<Session, 'options'>, settings: SettingValues): string | null {
  return asksForInstalls(session) && !settings.installDependencies
    ? 'Dependencies were not installed, although the mission asks for it: the setting "installDependencies" is off. ' +
        'An administrator can turn it on; until then the project has only what its runtime has built in.'
    : null;
}

function asksForInstalls({ options }: Pick<Session, 'options'>): boolean {
  return studioOptions.parse(options).installDependencies === true;
}
