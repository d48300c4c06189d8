import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { Button } from '../../components/kit.js';
import { ExtendBudget } from './budget.js';

/** What a person can do about a problem, by its code; the message itself comes from the server. */
const WAYS: Readonly<Record<string, { text: string; to?: string; label?: string }>> = {
  limit_reached: {
    text: 'The agent has used up its day. Raise its limit, or retry tomorrow.',
    to: '/admin/pages/agents',
    label: 'Agent settings',
  },
  model_call_failed: {
    text: 'The provider did not answer as it should. Check its key and model, then retry: nothing is done twice.',
    to: '/admin/pages/agents',
    label: 'Agent settings',
  },
  secret_unreadable: {
    text: 'The stored key cannot be opened. Set it anew, then retry.',
    to: '/admin/pages/agents',
    label: 'Agent settings',
  },
  price_unknown: {
    text: 'Nobody knows what this model costs, so a budget in dollars cannot hold. Choose another model, then retry.',
    to: '/admin/pages/agents',
    label: 'Agent settings',
  },
  model_output_invalid: {
    text: 'The model’s answer was not what was asked for, several times. Retry, or look at what it saw under Executions.',
  },
  sandbox_unavailable: { text: 'Tests could not be run safely on this server. An operator has to look.' },
  qa_not_passed: {
    text: 'The best attempt is kept. Read its report under Tests, then retry for more attempts, or begin an earlier phase again with a clearer text.',
  },
  tests_worthless: {
    text: 'Retry to have QA write its tests anew, or begin the PRD again with sharper criteria.',
  },
  gate_expired: { text: 'Nobody decided in time. Retry to have the gate open again.' },
  too_many_attempts: { text: 'Workers were lost again and again. Retry once the server is well.' },
  internal: {
    text: 'This is a fault of the program. Retry; if it comes again, tell your operator the time.',
  },
};

/** Why a session rests, and the way out. */
export function Problem({
  session,
  mayAct,
}: {
  session: SessionView;
  mayAct: boolean;
}): React.JSX.Element | null {
  const [adding, setAdding] = useState(false);
  const { error } = session;
  if (!error) return null;
  const way = WAYS[error.code];
  return (
    <section className="at-note at-warn" aria-label="What went wrong">
      <p>
        <strong>{error.message}</strong>
      </p>
      {way && <p>{way.text}</p>}
      <div className="at-row">
        {way?.to !== undefined && (
          <Link className="at-button" to={way.to}>
            {way.label}
          </Link>
        )}
        {error.code === 'budget_reached' && mayAct && (
          <Button look="primary" onClick={() => setAdding(true)}>
            Add to the budget
          </Button>
        )}
      </div>
      {adding && <ExtendBudget session={session} onClose={() => setAdding(false)} />}
    </section>
  );
}
