import { z } from 'zod';
import type { BudgetState } from '../../services/budgets.js';

const unit = z.strictObject({
  limit: z.number().nullable().describe('null: none.'),
  used: z.number(),
  reserved: z.number().describe('Held by calls under way.'),
});

/** Where a session stands with its budget. */
export const budgetView = z
  .strictObject({
    usd: unit,
    tokens: unit,
    minutes: unit.describe('Of running time: waiting at gates and in queues does not count.'),
    iterations: unit.describe('Rounds between Engineer and QA.'),
    unpricedCalls: z.number().int().describe('Calls whose price nobody knows; `usd.used` is without them.'),
  })
  .meta({ id: 'BudgetView' });
export type BudgetView = z.infer<typeof budgetView>;

/** A budget as it stands. */
export function presentBudget(state: BudgetState): BudgetView {
  const { usd, tokens, minutes, iterations, unpricedCalls } = state;
  return { usd, tokens, minutes, iterations, unpricedCalls };
}
