import { InvalidArgumentError, type Command } from 'commander';
import type { BudgetView } from '../http/presenters/budget.js';
import { count } from './text.js';

/** Units of a budget, in the order in which they are shown. */
export const BUDGET_UNITS = ['usd', 'tokens', 'minutes', 'iterations'] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** Amounts by unit; those that were not given are absent. */
export type Amounts = Partial<Record<BudgetUnit, number>>;

const MEANINGS: Readonly<Record<BudgetUnit, string>> = {
  usd: 'US dollars',
  tokens: 'tokens',
  minutes: 'minutes of running',
  iterations: 'rounds between Engineer and QA',
};

/** Adds one option per unit: `--budget-usd`, say, for the prefix `budget`. */
export function addAmountOptions(
  command: Command,
  prefix: string,
  about: (meaning: string) => string,
): Command {
  for (const unit of BUDGET_UNITS)
    command.option(`--${prefix}-${unit} <n>`, about(MEANINGS[unit]), amountOf(unit));
  return command;
}

/** The amounts given with the options of `addAmountOptions`; undefined when there are none. */
export function amountsFrom(options: Readonly<Record<string, unknown>>, prefix: string): Amounts | undefined {
  const given: Amounts = {};
  for (const unit of BUDGET_UNITS) {
    const value = options[`${prefix}${unit.charAt(0).toUpperCase()}${unit.slice(1)}`];
    if (typeof value === 'number') given[unit] = value;
  }
  return Object.keys(given).length === 0 ? undefined : given;
}

function amountOf(unit: BudgetUnit): (text: string) => number {
  const whole = unit === 'tokens' || unit === 'iterations';
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value > 0 && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number above 0.`);
  };
}

/** An amount for people: `$0.1234`, `12,400 tokens`, `3.5 minutes`. */
export function amountWords(unit: BudgetUnit, value: number): string {
  if (unit === 'usd') return `$${value.toFixed(value > 0 && value < 1 ? 4 : 2)}`;
  return `${unit === 'minutes' ? value.toFixed(1) : count(value)} ${unit}`;
}

/** What a session used of its limits: `$0.12 of $5.00, 900 tokens of 10,000 tokens`; empty without any limit. */
export function budgetWords(budget: BudgetView): string {
  return BUDGET_UNITS.flatMap((unit) => {
    const { limit, used } = budget[unit];
    return limit === null ? [] : [`${amountWords(unit, used)} of ${amountWords(unit, limit)}`];
  }).join(', ');
}
