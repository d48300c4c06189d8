import React from 'react';
import type { ExecutionView } from '../../src/http/presenters/execution.js';
import { count, duration, money } from './format.js';

/** What an execution's tokens were: sent, of these from the provider's cache, and answered. */
export function Tokens({ of }: { of: ExecutionView }): React.JSX.Element {
  return (
    <span className="at-nowrap" title={`${of.tokensUsed.toLocaleString('en')} in all`}>
      {count(of.inputTokens)} in
      {of.cachedTokens > 0 && ` (${count(of.cachedTokens)} cached)`}, {count(of.outputTokens)} out
    </span>
  );
}

/** The model that answered, and the provider. */
export function Model({ of }: { of: ExecutionView }): React.JSX.Element {
  if (of.model === null) return <span className="at-soft">none</span>;
  if (of.rehearsal) return <span title={of.model}>rehearsal</span>;
  return (
    <span title={of.provider ?? undefined}>
      {of.model}
      {of.provider !== null && <span className="at-soft"> · {of.provider}</span>}
    </span>
  );
}

/** How long an execution took, or takes so far. @param now milliseconds */
export function Took({ of, now }: { of: ExecutionView; now: number }): React.JSX.Element {
  const seconds = of.durationSeconds ?? Math.max(0, (now - Date.parse(of.startedAt)) / 1000);
  return <span className="at-nowrap">{duration(seconds)}</span>;
}

/** What an execution cost. */
export function Cost({ of }: { of: ExecutionView }): React.JSX.Element {
  return <span className="at-nowrap">{of.status === 'running' ? '…' : money(of.costUsd)}</span>;
}
