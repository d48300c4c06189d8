import React from 'react';
import { Link } from 'react-router-dom';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { count, duration, money } from '../../components/format.js';
import { phaseLabel } from '../../components/kinds.js';
import { Empty } from '../../components/kit.js';
import { useNow } from './live.js';
import type { Leg } from './legs.js';

const SAID: Readonly<Record<Leg['state'], string>> = {
  done: 'done',
  back: 'sent back',
  working: 'at work',
  waiting: 'waits for a decision',
  paused: 'paused',
  failed: 'did not succeed',
  stopped: 'stopped',
};
const SIGNS: Readonly<Record<Leg['state'], string>> = {
  done: '✓',
  back: '↺',
  working: '●',
  waiting: '!',
  paused: '‖',
  failed: '✕',
  stopped: '–',
};

/** The way the session has gone, with the time each stretch took, and what is still to come. */
export function Timeline({
  session,
  legs,
  phases,
}: {
  session: SessionView;
  legs: readonly Leg[];
  /** The kind's phases in their order, for what is to come. */
  phases: readonly string[];
}): React.JSX.Element {
  const ongoing = legs.at(-1)?.to === null;
  const now = useNow(ongoing);
  const at = phases.indexOf(legs.at(-1)?.phase ?? '');
  const live = ['pending', 'running', 'awaiting_approval'].includes(session.status);
  const toCome = live ? phases.slice(at + 1) : [];
  if (legs.length === 0 && toCome.length === 0)
    return (
      <Empty title="Nothing has happened yet">
        <p>It begins as soon as a worker is free.</p>
      </Empty>
    );
  return (
    <ol className="at-way" aria-label="The way so far">
      {legs.map((leg) => (
        <Stretch key={leg.key} leg={leg} now={now} session={session} />
      ))}
      {toCome.map((phase) => (
        <li key={phase} className="at-leg at-leg-later">
          <span className="at-leg-sign" aria-hidden="true" />
          <div className="at-leg-head">
            <span>{phaseLabel(phase)}</span>
            <span className="at-hidden">to come</span>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Stretch({ leg, now, session }: { leg: Leg; now: number; session: SessionView }): React.JSX.Element {
  const seconds = Math.max(0, ((leg.to ?? now) - leg.from) / 1000);
  const tokens = leg.executions.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0);
  const cost = leg.executions.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const failures = leg.executions.filter(
    // The page says the session's own problem above.
    ({ errorMessage }) => errorMessage !== null && errorMessage !== session.error?.message,
  );
  return (
    <li className={`at-leg at-leg-${leg.state}`} aria-current={leg.to === null ? 'step' : undefined}>
      <span className="at-leg-sign" aria-hidden="true">
        {SIGNS[leg.state]}
      </span>
      <div className="at-leg-head">
        <strong>{phaseLabel(leg.phase)}</strong>
        {leg.iteration > 0 && <span className="at-soft">attempt {leg.iteration}</span>}
        <span className={leg.state === 'done' ? 'at-hidden' : 'at-leg-state'}>{SAID[leg.state]}</span>
        {leg.decision !== null && <span className="at-soft">{leg.decision.replaceAll('_', ' ')}</span>}
        <span className="at-grow" />
        <span className="at-soft at-nowrap">
          {seconds < 1 && leg.to !== null ? '< 1 s' : duration(seconds)}
        </span>
      </div>
      <div className="at-leg-more">
        {leg.executions
          .filter(({ outputSummary }) => outputSummary !== null)
          .map(({ id, outputSummary }) => (
            <p key={id}>{outputSummary}</p>
          ))}
        {failures.map(({ id, errorMessage, status }) => (
          <p key={id} className={status === 'interrupted' ? 'at-soft' : 'at-problem'}>
            {errorMessage}
          </p>
        ))}
        {tokens > 0 && (
          <p className="at-soft">
            {count(tokens)} tokens{cost > 0 && ` · ${money(cost)}`}
          </p>
        )}
        {leg.state === 'waiting' && leg.to === null && session.pendingApprovalId !== null && (
          <Link className="at-button at-primary" to={`/admin/pages/review?id=${session.pendingApprovalId}`}>
            Review and decide
          </Link>
        )}
      </div>
    </li>
  );
}
