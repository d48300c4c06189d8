import React from 'react';
import { ApiProblem } from '../../components/api.js';
import { Field } from '../../components/kit.js';
import { BUDGET_UNITS, GATES, type Wish } from './wish.js';

interface Part {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  error?: Error;
}

/** Where a person looks at the work before it goes on. At least one gate stays. */
export function Gates({ wish, change, error }: Part): React.JSX.Element {
  const problem =
    error instanceof ApiProblem
      ? error.problems.find(({ field }) => field.startsWith('options.gates'))?.message
      : undefined;
  return (
    <fieldset className="at-choices">
      <legend className="at-hidden">Where it waits for a decision</legend>
      {GATES.map(({ name, label, help }) => {
        const on = wish.gates.includes(name);
        const last = on && wish.gates.length === 1;
        return (
          <label key={name} className="at-check">
            <input
              type="checkbox"
              checked={on}
              disabled={last}
              onChange={() =>
                change({ gates: on ? wish.gates.filter((one) => one !== name) : [...wish.gates, name] })
              }
            />
            <span>
              {label}
              <br />
              <span className="at-hint">{last ? `${help} At least one stays.` : help}</span>
            </span>
          </label>
        );
      })}
      {problem !== undefined && (
        <p className="at-problem" role="alert">
          Gates: {problem}
        </p>
      )}
    </fieldset>
  );
}

/** What the mission may use, and the key that makes sending it twice harmless. */
export function Budget({ wish, change, error }: Part): React.JSX.Element {
  return (
    <div className="at-form">
      <p className="at-hint">
        At a limit the mission pauses, and goes on once you add to it. What is empty has the standard.
      </p>
      <div className="at-fields">
        {BUDGET_UNITS.map(({ name, label, step }) => (
          <Field key={name} label={label} name={`options.budget.${name}`} error={error}>
            <input
              type="number"
              min="0"
              step={step}
              value={wish.budget[name]}
              onChange={(event) => change({ budget: { ...wish.budget, [name]: event.target.value } })}
            />
          </Field>
        ))}
      </div>
      <details className="at-fold-out">
        <summary>Idempotency key</summary>
        <Field
          label="Key of your own"
          name="Idempotency-Key"
          error={error}
          help="For orders from elsewhere: the same key makes one mission, however often it is sent."
        >
          <input
            value={wish.idempotencyKey}
            maxLength={255}
            onChange={(event) => change({ idempotencyKey: event.target.value })}
          />
        </Field>
      </details>
    </div>
  );
}
