import React, { useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import { SESSION_KINDS } from '../../src/core/vocabulary.js';
import type { SessionSummaryView } from '../../src/http/presenters/session.js';
import { useList, type LoadedList } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { queryOf, useFilters, useSettled } from '../components/filters.js';
import { Ago } from '../components/format.js';
import { KIND_LABELS, phaseLabel, sessionTitle, statusesOf } from '../components/kinds.js';
import {
  Button,
  ButtonLink,
  Card,
  Empty,
  ErrorNote,
  Field,
  Loading,
  More,
  Page,
  Tabs,
} from '../components/kit.js';
import { useRole } from '../components/session.js';

const FILTERS = ['scope', 'kind', 'status', 'project', 'q'] as const;
/** How often the list looks for news, in milliseconds. */
const EVERY = 10_000;

/** Every session that the person may see, of every kind. */
export default function Sessions(): React.JSX.Element {
  const filters = useFilters(FILTERS);
  const { scope, kind, status, project, q } = filters.values;
  const approver = useRole('approver');
  const submitter = useRole('submitter');
  const [words, setWords] = useState(q);
  const [projectName, setProjectName] = useState(project);
  const settledWords = useSettled(words);
  const settledProject = useSettled(projectName);
  useEffect(
    () => filters.set({ q: settledWords.trim(), project: settledProject.trim() }),
    [settledWords, settledProject],
  );

  const team = scope === 'team' && approver;
  const asked = { scope: team ? 'team' : undefined, kind, status, project, q };
  const pinned = useList<SessionSummaryView>(
    `/sessions${queryOf({ ...asked, pinned: true, limit: 100 })}`,
    EVERY,
  );
  const others = useList<SessionSummaryView>(
    `/sessions${queryOf({ ...asked, pinned: false, limit: 25 })}`,
    EVERY,
  );
  const problem = others.error ?? pinned.error;

  const clear = (): void => {
    setWords('');
    setProjectName('');
    filters.clear();
  };
  const narrowed = kind !== '' || status !== '' || project !== '' || q !== '';
  return (
    <Page title="Sessions" lead="Every mission and conversation, newest first. Pinned ones stay on top.">
      {approver && (
        <Tabs
          label="Whose sessions"
          value={team ? 'team' : 'mine'}
          onChange={(whose) => filters.set({ scope: whose === 'team' ? 'team' : '' })}
          tabs={[
            { key: 'mine', label: 'Mine' },
            { key: 'team', label: 'The whole team’s' },
          ]}
        />
      )}
      <div className="at-filters at-filters-two" role="search" aria-label="Sessions">
        <div className="at-wide">
          <Field label="Search">
            <input
              type="search"
              value={words}
              maxLength={200}
              placeholder="Words of a mission or name"
              onChange={(event) => setWords(event.target.value)}
            />
          </Field>
        </div>
        <Field label="Kind">
          <select value={kind} onChange={(event) => filters.set({ kind: event.target.value })}>
            <option value="">All kinds</option>
            {SESSION_KINDS.map((one) => (
              <option key={one} value={one}>
                {KIND_LABELS[one]}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Status">
          <select value={status} onChange={(event) => filters.set({ status: event.target.value })}>
            <option value="">Every status</option>
            {statusesOf(kind).map((one) => (
              <option key={one} value={one}>
                {one.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Project">
          <input
            type="search"
            value={projectName}
            maxLength={255}
            placeholder="Its exact name"
            onChange={(event) => setProjectName(event.target.value)}
          />
        </Field>
      </div>
      {problem && (
        <ErrorNote
          error={problem}
          retry={() => {
            pinned.reload();
            others.reload();
          }}
        />
      )}
      {others.loading && <Loading />}
      {pinned.items.length > 0 && (
        <Card title="Pinned">
          <SessionTable label="Pinned sessions" items={pinned.items} team={team} />
          <More more={pinned.more} />
        </Card>
      )}
      {isEmpty(others) && pinned.items.length === 0 && (
        <Card>
          {narrowed ? (
            <Empty title="No session fits">
              <p>Try fewer words, or another status.</p>
              <Button onClick={clear}>Show all</Button>
            </Empty>
          ) : (
            <Empty title="No sessions yet">
              <p>Say in a sentence what you would like to have built, and watch it being made.</p>
              {submitter && (
                <ButtonLink to="/admin/pages/submit" look="primary">
                  New mission
                </ButtonLink>
              )}
            </Empty>
          )}
        </Card>
      )}
      {others.items.length > 0 && (
        <Card title={pinned.items.length > 0 ? 'All others' : undefined}>
          <SessionTable label="Sessions" items={others.items} team={team} />
          <More more={others.more} />
        </Card>
      )}
    </Page>
  );
}

function isEmpty(list: LoadedList<unknown>): boolean {
  return !list.loading && !list.error && list.items.length === 0;
}

function SessionTable({
  label,
  items,
  team,
}: {
  label: string;
  items: readonly SessionSummaryView[];
  team: boolean;
}): React.JSX.Element {
  return (
    <table className="at-table at-cards" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">Status</th>
          <th scope="col">Phase</th>
          <th scope="col">Project</th>
          {team && <th scope="col">Owner</th>}
          <th scope="col">Last active</th>
        </tr>
      </thead>
      <tbody>
        {items.map((session) => (
          <Row key={session.sessionId} session={session} team={team} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ session, team }: { session: SessionSummaryView; team: boolean }): React.JSX.Element {
  return (
    <tr>
      <td className="at-title at-list-title">
        <Link to={`/admin/pages/session?id=${session.sessionId}`}>
          {session.isPinned && (
            <span className="at-pin" role="img" aria-label="Pinned">
              ★
            </span>
          )}
          {sessionTitle(session)}
        </Link>
        <div className="at-soft at-list-more">
          {KIND_LABELS[session.kind]}
          {session.parentSessionId !== null && ' · fork'}
          {session.error && ` · ${session.error.message}`}
        </div>
      </td>
      <td data-label="Status">
        <span className="at-row">
          <Badge status={session.status} />
          {session.pendingApprovalId !== null && (
            <Link to={`/admin/pages/review?id=${session.pendingApprovalId}`}>Review</Link>
          )}
        </span>
      </td>
      <td data-label="Phase">
        <span>
          {phaseLabel(session.phase)}
          {session.iterationCount > 0 && (
            <span className="at-soft at-nowrap"> · attempt {session.iterationCount}</span>
          )}
        </span>
      </td>
      <td data-label="Project">{session.projectName ?? <span className="at-soft">none</span>}</td>
      {team && <td data-label="Owner">{session.ownerName}</td>}
      <td data-label="Last active" className="at-nowrap">
        <Ago at={session.lastActiveAt} />
      </td>
    </tr>
  );
}
