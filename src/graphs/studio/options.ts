import { z } from 'zod';
import { sourceOption } from '../../adapters/source/port.js';
import { budgetOption } from '../../services/budgets.js';

/** What a submitter may choose for a mission. */
export const studioOptions = z.strictObject({
  /** Rounds between Engineer and QA; the setting `maxIterations` when absent. */
  maxIterations: z.number().int().min(1).max(50).optional(),
  /** Existing code to start from; a new project when absent. */
  source: sourceOption.optional(),
  /** At its edge the mission pauses until it is extended. */
  budget: budgetOption.optional(),
});
