import type { Command } from 'commander';
import type { BudgetView } from '../../http/presenters/budget.js';
import { newId } from '../../core/ids.js';
import { addAmountOptions, amountWords, amountsFrom, BUDGET_UNITS } from '../budget-options.js';
import { addCommand, CALL, type Run } from '../command-line.js';
import type { Output } from '../output.js';
import { plural } from '../text.js';
import { follow, sessionPath } from './following.js';

const ID = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';

/** `budget`: what a session has used and may use, and more of it. */
export function addBudget(program: Command, run: Run): void {
  const command = addCommand(program, 'budget <session>', {
    about: 'Show what a session may use, or add to it.',
    more: 'A session that paused at the edge of its budget goes on where it stood once it has more.',
    examples: [`budget ${ID}`, `budget ${ID} --add-usd 5 --add-tokens 200000`],
  });
  addAmountOptions(command, 'add', (meaning) => `add so many ${meaning}`)
    .option('--watch', 'follow the session after adding')
    .action((id: string, options: { json?: boolean; watch?: boolean } & Record<string, unknown>) =>
      run(options, async (context) => {
        const { output } = context;
        const add = amountsFrom(options, 'add');
        const connection = await context.connect({ worker: options.watch === true });
        const path = `${sessionPath(id)}/budget`;
        const budget = add
          ? await connection.client.write<BudgetView>('POST', path, {
              body: { add },
              headers: { 'idempotency-key': newId() },
            })
          : await connection.client.get<BudgetView>(path);
        if (options.watch) return follow(context, connection, id);
        output.result(budget, () => sayBudget(output, budget));
        if (add) output.hint(`Follow it: ${CALL} watch ${id}`);
        return 0;
      }),
    );
}

function sayBudget(output: Output, budget: BudgetView): void {
  output.table(
    ['UNIT', 'USED', 'HELD', 'LIMIT'],
    BUDGET_UNITS.map((unit) => {
      const { used, reserved, limit } = budget[unit];
      return [
        unit,
        amountWords(unit, used),
        reserved > 0 ? amountWords(unit, reserved) : '',
        limit === null ? 'none' : amountWords(unit, limit),
      ];
    }),
    '',
  );
  if (budget.unpricedCalls > 0)
    output.hint(`Without ${plural(budget.unpricedCalls, 'call')} whose price nobody knows.`);
}
