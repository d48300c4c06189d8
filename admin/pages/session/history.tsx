import React, { useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import type { CheckpointView } from '../../../src/http/presenters/checkpoint.js';
import type { EventView } from '../../../src/http/presenters/event.js';
import type { ExecutionView } from '../../../src/http/presenters/execution.js';
import type { SessionSummaryView, SessionView } from '../../../src/http/presenters/session.js';
import { call, useAction, useList } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago } from '../../components/format.js';
import { phaseLabel, sessionTitle } from '../../components/kinds.js';
import { Button, Card, Dialog, Empty, ErrorNote, Field, Loading, More } from '../../components/kit.js';
import { useRole } from '../../components/session.js';
import type { TabProps } from './kinds.js';
import { useFresh } from './live.js';

/** The saved states of a session, ways to go on from any of them as a session of its own, and those that did. */
export function History({ session, live, mayAct }: TabProps): React.JSX.Element {
  const { sessionId } = session;
  const states = useList<CheckpointView>(`/sessions/${sessionId}/history?limit=50`);
  const executions = useList<ExecutionView>(`/sessions/${sessionId}/executions?limit=500`);
  useFresh(states, live.version);
  useFresh(executions, live.version);
  const [from, setFrom] = useState<CheckpointView>();
  return (
    <>
      <Relatives session={session} />
      <Card title="Saved states">
        {states.error && <ErrorNote error={states.error} retry={states.reload} />}
        {states.loading && <Loading />}
        {!states.loading && !states.error && states.items.length === 0 && (
          <Empty title="Nothing is saved yet">
            <p>After each step its state is saved here, and you can go another way from it.</p>
          </Empty>
        )}
        {states.items.length > 0 && (
          <table className="at-table at-cards" aria-label="Saved states">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Step</th>
                <th scope="col">Saved</th>
                <th scope="col">
                  <span className="at-hidden">Fork</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {states.items.map((state, at) => (
                <tr key={state.checkpointId}>
                  <td className="at-title">
                    {said(state, executions.items, live.events)}
                    {at === 0 && <span className="at-soft"> · newest</span>}
                  </td>
                  <td data-label="Step">{state.step ?? ''}</td>
                  <td data-label="Saved" className="at-nowrap">
                    <Ago at={state.createdAt} />
                  </td>
                  <td className="at-right">
                    {mayAct && (
                      <Button
                        onClick={() => setFrom(state)}
                        aria-label={`Fork from here: ${said(state, executions.items, live.events)}`}
                      >
                        Fork from here
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <More more={states.more} />
      </Card>
      {from && (
        <Fork
          session={session}
          state={from}
          label={said(from, executions.items, live.events)}
          onClose={() => setFrom(undefined)}
        />
      )}
    </>
  );
}

/** What had been done when a state was saved: what last ended by then. */
function said(
  state: CheckpointView,
  executions: readonly ExecutionView[],
  events: readonly EventView[],
): string {
  if (state.source === 'input') return 'The mission as it was submitted';
  const by = state.createdAt === null ? 0 : Date.parse(state.createdAt);
  const how = state.source === 'update' ? ', changed by a person' : state.source === 'fork' ? ', forked' : '';
  const ends = [
    ...executions
      .filter(({ status }) => status === 'completed')
      .map(({ completedAt, agent, iteration }) => ({
        at: completedAt,
        // Its end is the database's clock, the state's the worker's.
        slack: 50,
        label: `${phaseLabel(agent)}${iteration > 0 ? `, attempt ${iteration}` : ''}`,
      })),
    ...events
      .filter(
        ({ type, data }) =>
          (type === 'approval' && data['status'] !== 'pending') ||
          (type === 'phase' && data['phase'] === 'complete'),
      )
      .map(({ createdAt, data }) => ({ at: createdAt, slack: 0, label: phaseLabel(gateOrPhase(data)) })),
  ]
    .flatMap(({ at, slack, label }) => (at === null ? [] : [{ at: Date.parse(at), slack, label }]))
    .filter(({ at, slack }) => at <= by + slack)
    .toSorted((one, other) => one.at - other.at);
  const last = ends.at(-1);
  return last ? `After ${last.label}${how}` : `Before the first agent${how}`;
}

function gateOrPhase(data: Readonly<Record<string, unknown>>): string {
  const name = data['gate'] ?? data['phase'];
  return typeof name === 'string' ? name : '';
}

function Fork({
  session,
  state,
  label,
  onClose,
}: {
  session: SessionView;
  state: CheckpointView;
  label: string;
  onClose: () => void;
}): React.JSX.Element {
  const navigate = useNavigate();
  const [name, setName] = useState(`Fork of ${sessionTitle(session)}`.slice(0, 200));
  const key = useRef(crypto.randomUUID());
  const fork = useAction(async () => {
    const made = await call<SessionView>(
      'POST',
      `/sessions/${session.sessionId}/fork`,
      { checkpointId: state.checkpointId, ...(name.trim() !== '' && { name }) },
      { idempotencyKey: key.current },
    );
    navigate(`/admin/pages/session?id=${made.sessionId}`);
  });
  return (
    <Dialog title="Go another way from here" onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void fork.run();
        }}
      >
        <p>
          A session of its own goes on from “{label}”, with its own files, gates and budget. This one stays as
          it is.
        </p>
        <Field label="Name of the fork" name="name" error={fork.error}>
          <input
            value={name}
            maxLength={255}
            onChange={(event) => {
              setName(event.target.value);
              key.current = crypto.randomUUID();
            }}
          />
        </Field>
        {fork.error && <ErrorNote error={fork.error} />}
        <div className="at-actions">
          <Button type="submit" look="primary" busy={fork.busy}>
            Fork
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The session this one was forked from, and those forked from it, each to be compared. */
function Relatives({ session }: { session: SessionView }): React.JSX.Element | null {
  const { sessionId, parentSessionId } = session;
  const team = useRole('approver');
  const forks = useList<SessionSummaryView>(
    `/sessions?parent=${sessionId}&limit=20&scope=${team ? 'team' : 'mine'}`,
    15_000,
  );
  if (parentSessionId === null && forks.items.length === 0) return null;
  return (
    <Card title="Forks">
      <ul className="at-relatives">
        {parentSessionId !== null && (
          <li>
            <Link to={`/admin/pages/session?id=${parentSessionId}`}>The session this was forked from</Link>
            <Compare a={parentSessionId} b={sessionId} />
          </li>
        )}
        {forks.items.map((fork) => (
          <li key={fork.sessionId}>
            <Link to={`/admin/pages/session?id=${fork.sessionId}`}>{sessionTitle(fork)}</Link>
            <Badge status={fork.status} />
            <Compare a={sessionId} b={fork.sessionId} />
          </li>
        ))}
      </ul>
      <More more={forks.more} />
    </Card>
  );
}

function Compare({ a, b }: { a: string; b: string }): React.JSX.Element {
  return (
    <Link className="at-button" to={`/admin/pages/compare?a=${a}&b=${b}`}>
      Compare
    </Link>
  );
}
