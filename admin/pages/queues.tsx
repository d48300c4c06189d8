import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { QueueView } from '../../src/http/presenters/observation.js';
import { call, useAction, useApi } from '../components/api.js';
import { Ago, duration } from '../components/format.js';
import { Card, ConfirmButton, Empty, Field, Page, Show } from '../components/kit.js';
import { useRole } from '../components/session.js';
import { pagePath } from '../components/shell.js';

const sessionPath = (id: string): string => `${pagePath('session')}?id=${encodeURIComponent(id)}`;

/** The wake-ups that drive the workers, and the runs under way. */
export default function Queues(): React.JSX.Element {
  const queue = useApi<QueueView>('/queue', 5_000);
  return (
    <Page
      title="Queue"
      lead="Wake-ups tell a worker which session to look at; what is to be done, the session itself says. A lost wake-up is sent again within a minute."
    >
      <Show of={queue} what="Looking at the queue">
        {(now) => (
          <>
            {now.problem !== null && (
              <p className="at-note at-bad" role="alert">
                The queue does not answer: {now.problem} Sessions are kept, and go on when it is back.
              </p>
            )}
            <Counts now={now} />
            <Held now={now} />
            <Failures now={now} reload={queue.reload} />
          </>
        )}
      </Show>
    </Page>
  );
}

function Counts({ now: { counts, wanted, held, backend } }: { now: QueueView }): React.JSX.Element {
  const tile = (label: string, value: React.ReactNode, note: React.ReactNode, tone = '') => (
    <div className={`at-tile ${tone}`}>
      <div className="at-tile-label">{label}</div>
      <div className="at-tile-value">{value}</div>
      <div className="at-tile-note">{note}</div>
    </div>
  );
  const late = wanted.oldestAt !== null && Date.now() - Date.parse(wanted.oldestAt) > 120_000;
  return (
    <div className="at-tiles">
      {tile(
        'Sessions waiting for a worker',
        wanted.count >= 1000 ? '1000+' : wanted.count,
        wanted.oldestAt === null ? (
          'none waits'
        ) : (
          <>
            the longest since <Ago at={wanted.oldestAt} />
          </>
        ),
        late ? 'at-warn' : '',
      )}
      {tile('Runs under way', held.length, 'by all workers')}
      {tile(
        'Wake-ups waiting',
        counts?.waiting ?? '–',
        backend === 'bullmq-redis' ? 'BullMQ on Redis' : 'BullMQ on Postgres',
      )}
      {tile('Wake-ups at work', counts?.active ?? '–', `${counts?.delayed ?? '–'} delayed`)}
      {tile('Failed', counts?.failed ?? '–', 'kept for a day', counts && counts.failed > 0 ? 'at-bad' : '')}
    </div>
  );
}

function Held({ now: { held } }: { now: QueueView }): React.JSX.Element {
  return (
    <Card title="Runs under way">
      {held.length === 0 ? (
        <Empty title="Nothing runs">When a worker takes a session up, it shows here.</Empty>
      ) : (
        <table className="at-table at-cards">
          <thead>
            <tr>
              <th scope="col">Session</th>
              <th scope="col">Phase</th>
              <th scope="col">Worker</th>
              <th scope="col">Holds it for</th>
              <th scope="col" className="at-num">
                Attempt
              </th>
            </tr>
          </thead>
          <tbody>
            {held.map((run) => (
              <tr key={run.sessionId}>
                <td className="at-title">
                  <Link to={sessionPath(run.sessionId)}>{run.title}</Link>
                </td>
                <td data-label="Phase">{run.phase.replaceAll('_', ' ')}</td>
                <td data-label="Worker" className="at-mono">
                  {run.owner}
                </td>
                <td data-label="Holds it for">
                  {duration(Math.max(0, (Date.parse(run.leaseUntil) - Date.now()) / 1000))} more, unless it
                  prolongs
                </td>
                <td data-label="Attempt" className="at-num">
                  {run.attempts}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Failures({ now, reload }: { now: QueueView; reload: () => void }): React.JSX.Element {
  const admin = useRole('admin');
  const [text, setText] = useState('');
  const words = text.trim().toLowerCase();
  const found = now.failures.filter((one) => `${one.sessionId} ${one.problem}`.toLowerCase().includes(words));
  return (
    <Card title="Failed wake-ups">
      {now.failures.length === 0 ? (
        <Empty title="None failed">
          A worker that breaks while it handles a wake-up leaves it here. The session is taken up again by
          itself.
        </Empty>
      ) : (
        <>
          <div className="at-filters">
            <Field label="Search">
              <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
            </Field>
          </div>
          {found.length === 0 && <Empty title="Nothing matches">Search for another word.</Empty>}
          <table className="at-table at-cards">
            <thead>
              <tr>
                <th scope="col">Session</th>
                <th scope="col">What happened</th>
                <th scope="col">When</th>
                <th scope="col">
                  <span className="at-sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((failure) => (
                <tr key={failure.id}>
                  <td className="at-title at-mono">
                    {failure.sessionId === null ? (
                      'unknown'
                    ) : (
                      <Link to={sessionPath(failure.sessionId)}>…{failure.sessionId.slice(-8)}</Link>
                    )}
                  </td>
                  <td data-label="What happened">{failure.problem || 'no reason was given'}</td>
                  <td data-label="When">
                    <Ago at={failure.failedAt} />
                  </td>
                  <td className="at-right">
                    {admin && failure.sessionId !== null && <Retry id={failure.id} reload={reload} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Card>
  );
}

function Retry({ id, reload }: { id: string; reload: () => void }): React.JSX.Element {
  const retry = useAction(async () => {
    await call('POST', `/queue/failures/${encodeURIComponent(id)}/retry`);
    reload();
  });
  return (
    <ConfirmButton
      label="Wake again"
      action={retry}
      question="The session is woken once more, and this failure leaves the list. If the session needs no run, nothing happens."
    />
  );
}
