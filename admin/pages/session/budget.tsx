import React, { useEffect, useRef, useState, type FormEvent } from 'react';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { call, useAction, useApi } from '../../components/api.js';
import type { BudgetView } from '../../../src/http/presenters/budget.js';
import { count, money } from '../../components/format.js';
import { Button, Card, Dialog, ErrorNote, Field } from '../../components/kit.js';
import { BUDGET_UNITS, type BudgetUnit } from '../submit/wish.js';

const said = (unit: BudgetUnit, value: number): string =>
  unit === 'usd' ? money(value) : unit === 'minutes' ? `${Math.round(value * 10) / 10}` : count(value);

/** What the session has used of what it may use, and a way to give it more. */
export function BudgetCard({
  session,
  mayAct,
}: {
  session: SessionView;
  mayAct: boolean;
}): React.JSX.Element | null {
  const { budget } = session;
  const [open, setOpen] = useState(false);
  if (!budget) return null;
  const limited = BUDGET_UNITS.filter(({ name }) => budget[name].limit !== null);
  return (
    <Card
      title="Budget"
      actions={mayAct && limited.length > 0 && <Button onClick={() => setOpen(true)}>Add to it</Button>}
    >
      <ul className="at-meters">
        {BUDGET_UNITS.map(({ name, label }) => (
          <Meter key={name} unit={name} label={label} of={budget[name]} />
        ))}
      </ul>
      {budget.unpricedCalls > 0 && (
        <p className="at-hint">
          {budget.unpricedCalls} {budget.unpricedCalls === 1 ? 'call has' : 'calls have'} no known price and{' '}
          {budget.unpricedCalls === 1 ? 'is' : 'are'} not in the dollars.
        </p>
      )}
      {open && <ExtendBudget session={session} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function Meter({
  unit,
  label,
  of,
}: {
  unit: BudgetUnit;
  label: string;
  of: BudgetView['usd'];
}): React.JSX.Element {
  const share = of.limit === null || of.limit === 0 ? null : Math.min(1, (of.used + of.reserved) / of.limit);
  return (
    <li>
      <span className="at-row">
        <span>{label}</span>
        <span className="at-grow" />
        <span className="at-nowrap">
          {said(unit, of.used)}
          {of.limit === null ? <span className="at-soft">, no limit</span> : ` of ${said(unit, of.limit)}`}
        </span>
      </span>
      {share !== null && (
        <span className="at-budget-bar" aria-hidden="true">
          <span
            className={share >= 0.9 ? 'at-budget-high' : undefined}
            style={{ width: `${Math.round(share * 100)}%` }}
          />
        </span>
      )}
    </li>
  );
}

/** Asks how much more the session may use. Sent twice, it is added once. */
export function ExtendBudget({
  session,
  onClose,
}: {
  session: SessionView;
  onClose: () => void;
}): React.JSX.Element {
  const budget = useApi<BudgetView>(`/sessions/${session.sessionId}/budget`);
  const [amounts, setAmounts] = useState<Partial<Record<BudgetUnit, string>>>({});
  const key = useRef(crypto.randomUUID());
  useEffect(() => {
    key.current = crypto.randomUUID();
  }, [amounts]);
  const extend = useAction(async () => {
    const add = Object.fromEntries(
      Object.entries(amounts)
        .filter(([, text]) => text.trim() !== '')
        .map(([unit, text]) => [unit, Number(text)]),
    );
    await call('POST', `/sessions/${session.sessionId}/budget`, { add }, { idempotencyKey: key.current });
    onClose();
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void extend.run();
  };
  const units = BUDGET_UNITS.filter(({ name }) => (budget.data ?? session.budget)?.[name].limit !== null);
  const paused = session.error?.code === 'budget_reached';
  return (
    <Dialog title="Add to the budget" onClose={onClose}>
      <form className="at-form" onSubmit={send}>
        <p>
          {paused
            ? 'The session has paused at its budget. Once you add to it, it goes on exactly where it stood.'
            : 'The session may use that much more. It cannot be taken back.'}
        </p>
        {units.map(({ name, label, step }) => {
          const now = (budget.data ?? session.budget)?.[name];
          return (
            <Field
              key={name}
              label={`${label} more`}
              name={`add.${name}`}
              error={extend.error}
              help={now && `${said(name, now.used)} of ${said(name, now.limit ?? 0)} used.`}
            >
              <input
                type="number"
                min="0"
                step={step}
                value={amounts[name] ?? ''}
                onChange={(event) => setAmounts({ ...amounts, [name]: event.target.value })}
              />
            </Field>
          );
        })}
        {extend.error && <ErrorNote error={extend.error} />}
        <div className="at-actions">
          <Button
            type="submit"
            look="primary"
            busy={extend.busy}
            disabled={!Object.values(amounts).some((text) => Number(text) > 0)}
          >
            {paused ? 'Add, and go on' : 'Add'}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
