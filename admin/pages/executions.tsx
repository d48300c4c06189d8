import React, { useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import { EXECUTION_STATUSES } from '../../src/core/vocabulary.js';
import type { ListedExecutionView } from '../../src/http/presenters/execution.js';
import { useList } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { ExecutionButton, PromptLink } from '../components/execution.js';
import { queryOf, useFilters, useSettled } from '../components/filters.js';
import { Ago } from '../components/format.js';
import { phaseLabel, sessionTitle } from '../components/kinds.js';
import { Button, Card, Empty, ErrorNote, Field, Loading, More, Page, Tabs } from '../components/kit.js';
import { useRole } from '../components/session.js';
import { Cost, Model, Tokens, Took } from '../components/run-facts.js';

const FILTERS = ['scope', 'profile', 'status', 'model', 'minSeconds', 'minCostUsd'] as const;
const TYPED = ['profile', 'model', 'minSeconds', 'minCostUsd'] as const;
const EVERY = 10_000;

/** What the agents did, across all sessions. */
export default function Executions(): React.JSX.Element {
  const filters = useFilters(FILTERS);
  const approver = useRole('approver');
  const [typed, setTyped] = useState(filters.values);
  const settled = useSettled(JSON.stringify(typed));
  useEffect(() => {
    const values = JSON.parse(settled) as typeof typed;
    filters.set(Object.fromEntries(TYPED.map((name) => [name, values[name].trim()])));
  }, [settled]);
  const type = (name: (typeof TYPED)[number], value: string): void => setTyped({ ...typed, [name]: value });
  const { items, error, loading, reload, more } = useList<ListedExecutionView>(
    `/executions${queryOf({ ...filters.values, limit: 50 })}`,
    EVERY,
  );
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => setNow(Date.now()), [items.length, loading]);
  const { scope: _scope, ...narrowing } = filters.values;
  const narrowed = Object.values(narrowing).some((value) => value !== '');
  const models = [...new Set(items.map(({ model }) => model).filter((model) => model !== null))];
  return (
    <Page
      title="Executions"
      lead="Each step of each agent, newest first: how long it took, what it cost, and what the model saw."
    >
      {approver && (
        <Tabs
          label="Whose executions"
          value={filters.values.scope === 'team' ? 'team' : 'mine'}
          onChange={(whose) => filters.set({ scope: whose === 'team' ? 'team' : '' })}
          tabs={[
            { key: 'mine', label: 'Mine' },
            { key: 'team', label: 'The whole team’s' },
          ]}
        />
      )}
      <div className="at-filters at-filters-two" role="search" aria-label="Executions">
        <Field label="Agent">
          <input
            type="search"
            list="at-agents"
            value={typed.profile}
            maxLength={50}
            placeholder="eng"
            onChange={(event) => type('profile', event.target.value)}
          />
        </Field>
        <datalist id="at-agents">
          {['pm', 'arch', 'eng', 'qa'].map((agent) => (
            <option key={agent} value={agent}>
              {phaseLabel(agent)}
            </option>
          ))}
        </datalist>
        <Field label="Status">
          <select
            value={filters.values.status}
            onChange={(event) => filters.set({ status: event.target.value })}
          >
            <option value="">Every status</option>
            {EXECUTION_STATUSES.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </Field>
        <Field label="Model">
          <input
            type="search"
            list="at-models"
            value={typed.model}
            maxLength={100}
            placeholder="Its exact name"
            onChange={(event) => type('model', event.target.value)}
          />
        </Field>
        <datalist id="at-models">
          {models.map((model) => (
            <option key={model} value={model} />
          ))}
        </datalist>
        <Field label="At least, seconds">
          <input
            type="number"
            min="0"
            value={typed.minSeconds}
            onChange={(event) => type('minSeconds', event.target.value)}
          />
        </Field>
        <Field label="At least, US dollars">
          <input
            type="number"
            min="0"
            step="0.01"
            value={typed.minCostUsd}
            onChange={(event) => type('minCostUsd', event.target.value)}
          />
        </Field>
      </div>
      <Card>
        {error && <ErrorNote error={error} retry={reload} />}
        {loading && <Loading />}
        {!loading && !error && items.length === 0 && (
          <Empty title={narrowed ? 'No execution fits' : 'No agent has worked yet'}>
            {narrowed ? (
              <Button
                onClick={() => {
                  setTyped({ scope: '', profile: '', status: '', model: '', minSeconds: '', minCostUsd: '' });
                  filters.clear();
                }}
              >
                Show all
              </Button>
            ) : (
              <p>Once a mission runs, each step of its agents appears here.</p>
            )}
          </Empty>
        )}
        {items.length > 0 && <ExecutionTable items={items} now={now} />}
        <More more={more} />
      </Card>
    </Page>
  );
}

function ExecutionTable({
  items,
  now,
}: {
  items: readonly ListedExecutionView[];
  now: number;
}): React.JSX.Element {
  return (
    <table className="at-table at-cards" aria-label="Executions">
      <thead>
        <tr>
          <th scope="col">Agent and session</th>
          <th scope="col">Status</th>
          <th scope="col">Began</th>
          <th scope="col">Took</th>
          <th scope="col">Model</th>
          <th scope="col">Prompt</th>
          <th scope="col">Tokens</th>
          <th scope="col" className="at-num">
            Cost
          </th>
          <th scope="col">
            <span className="at-hidden">What the model saw</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id}>
            <td className="at-title at-list-title">
              <strong>{phaseLabel(one.agent)}</strong>
              {one.iteration > 0 && <span className="at-soft"> · attempt {one.iteration}</span>}
              <div className="at-list-more">
                <Link to={`/admin/pages/session?id=${one.sessionId}&tab=executions`}>
                  {sessionTitle({ ...one, name: one.sessionName })}
                </Link>
                {one.projectName !== null && <span className="at-soft"> · {one.projectName}</span>}
              </div>
              {one.errorMessage !== null && <div className="at-problem at-list-more">{one.errorMessage}</div>}
            </td>
            <td data-label="Status" className="at-nowrap">
              <Badge status={one.status} />
            </td>
            <td data-label="Began" className="at-nowrap">
              <Ago at={one.startedAt} />
            </td>
            <td data-label="Took" className="at-nowrap">
              <Took of={one} now={now} />
            </td>
            <td data-label="Model" className="at-fit">
              <Model of={one} />
            </td>
            <td data-label="Prompt" className="at-nowrap">
              <PromptLink of={one} />
            </td>
            <td data-label="Tokens" className="at-nowrap">
              <Tokens of={one} />
            </td>
            <td data-label="Cost" className="at-num">
              <Cost of={one} />
            </td>
            <td className="at-open-cell">
              <ExecutionButton of={one} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
