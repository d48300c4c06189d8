import React from 'react';
import { Link } from 'react-router-dom';
import type { ExecutionView } from '../../../src/http/presenters/execution.js';
import { useApi, type ListPage } from '../../components/api.js';
import { Ago, count, duration, money } from '../../components/format.js';
import { Card, ErrorNote, Facts } from '../../components/kit.js';
import { BudgetCard } from './budget.js';
import type { TabProps } from './kinds.js';
import { legsOf } from './legs.js';
import { useFresh } from './live.js';
import { Timeline } from './timeline.js';
import { Writing } from './writing.js';

/** Where the session stands: the way so far, what is being written, and what it has used. */
export function Overview({ session, live, view, mayAct }: TabProps): React.JSX.Element {
  const executions = useApi<ListPage<ExecutionView>>(`/sessions/${session.sessionId}/executions?limit=500`);
  useFresh(executions, live.version);
  const done = executions.data?.items ?? [];
  const sum = (of: (one: ExecutionView) => number): number => done.reduce((all, one) => all + of(one), 0);
  const cached = sum(({ cachedTokens }) => cachedTokens);
  return (
    <div className="at-cols">
      <div>
        <Writing live={live} />
        <Card title="The way so far">
          {executions.error && <ErrorNote error={executions.error} retry={executions.reload} />}
          <Timeline session={session} legs={legsOf(live.events, done)} phases={view.phases(session)} />
        </Card>
      </div>
      <div>
        <Card title="At a glance">
          <div className="at-two-facts">
            <Facts
              of={[
                ['Cost', money(sum(({ costUsd }) => costUsd))],
                [
                  'Tokens',
                  `${count(sum(({ tokensUsed }) => tokensUsed))}${cached > 0 ? ` (${count(cached)} cached)` : ''}`,
                ],
                ['Agents at work', duration(sum(({ durationSeconds }) => durationSeconds ?? 0))],
                ['Submitted', <Ago key="c" at={session.createdAt} />],
                session.completedAt === null ? null : ['Ended', <Ago key="e" at={session.completedAt} />],
                session.expiresAt === null ? null : ['Gate closes', <Ago key="x" at={session.expiresAt} />],
                session.iterationCount > 0 ? ['Attempts', session.iterationCount] : null,
                session.parentSessionId === null
                  ? null
                  : [
                      'Forked from',
                      <Link key="f" to={`/admin/pages/session?id=${session.parentSessionId}`}>
                        its parent
                      </Link>,
                    ],
              ]}
            />
          </div>
        </Card>
        <BudgetCard session={session} mayAct={mayAct} />
        <Card title="Mission">
          <Mission text={session.mission} />
        </Card>
      </div>
    </div>
  );
}

/** Long missions are folded: the page is about what became of them. */
function Mission({ text }: { text: string }): React.JSX.Element {
  if (text.length <= 600) return <p className="at-mission">{text}</p>;
  return (
    <details className="at-fold-out">
      <summary>
        {text.slice(0, 300)}… <span className="at-fold-word">Show all</span>
      </summary>
      <p className="at-mission">{text}</p>
    </details>
  );
}
