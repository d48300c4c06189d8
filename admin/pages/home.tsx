import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { AgentSettingsView } from '../../src/http/presenters/agent-settings.js';
import type { OverviewView } from '../../src/http/presenters/overview.js';
import { useApi, type ListPage } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Chart } from '../components/chart.js';
import { Ago, count, duration, money, percent } from '../components/format.js';
import { ButtonLink, Card, Empty, Page, Show, Tabs } from '../components/kit.js';
import { StartHere } from '../components/start-here.js';
import { phaseLabel } from '../components/kinds.js';
import { pagePath } from '../components/shell.js';
import { useMe, useRole } from '../components/session.js';
import { UsageMeter } from '../components/usage.js';

type Scope = OverviewView['scope'];

/** What waits, what runs, what went wrong, and what it costs. */
export default function Home(): React.JSX.Element {
  const me = useMe();
  const approver = useRole('approver');
  const [scope, setScope] = useState<Scope>(approver ? 'team' : 'mine');
  const overview = useApi<OverviewView>(`/overview?scope=${scope}`, 15_000);
  const agents = useApi<ListPage<AgentSettingsView>>('/settings/agents', 15_000);
  return (
    <Page title="Home" lead={`Hello ${me.name}. This is how things stand.`}>
      {approver && (
        <Tabs<Scope>
          label="Whose work"
          value={scope}
          onChange={setScope}
          tabs={[
            { key: 'team', label: 'The team’s' },
            { key: 'mine', label: 'Mine' },
          ]}
        />
      )}
      <Show of={overview} what="Looking how things stand">
        {(now) =>
          now.isEmpty ? (
            <>
              <StartHere agents={agents.data?.items} />
              <Limits agents={agents.data?.items ?? []} />
            </>
          ) : (
            <>
              <Tiles now={now} agents={agents.data?.items ?? []} />
              <div className="at-pair">
                <Gates now={now} />
                <Attention now={now} />
              </div>
              <div className="at-pair">
                <Active now={now} />
                <Limits agents={agents.data?.items ?? []} />
              </div>
              <Charts now={now} />
              {now.agents.length > 0 && <Agents now={now} />}
            </>
          )
        }
      </Show>
    </Page>
  );
}

/** A count of the API, which stops at a thousand. */
const many = (value: number): string => (value >= 1000 ? '1000+' : String(value));

function Tile({
  label,
  value,
  note,
  tone,
}: {
  label: string;
  value: React.ReactNode;
  note?: React.ReactNode;
  tone?: 'warn' | 'bad';
}): React.JSX.Element {
  return (
    <div className={tone === undefined ? 'at-tile' : `at-tile at-${tone}`}>
      <div className="at-tile-label">{label}</div>
      <div className="at-tile-value">{value}</div>
      <div className="at-tile-note">{note}</div>
    </div>
  );
}

function Tiles({
  now,
  agents,
}: {
  now: OverviewView;
  agents: readonly AgentSettingsView[];
}): React.JSX.Element {
  const { gates, active, attention, days } = now;
  const [oldest] = gates.oldest;
  const sum = (of: (day: OverviewView['days'][number]) => number): number =>
    days.reduce((total, day) => total + of(day), 0);
  const judged = sum(({ judged: one }) => one);
  const today = days.at(-1);
  const unpriced = agents.reduce((total, agent) => total + agent.today.unpricedCalls, 0);
  return (
    <div className="at-tiles">
      <Tile
        label="Waiting for a decision"
        value={many(gates.count)}
        tone={gates.count > 0 ? 'warn' : undefined}
        note={
          oldest ? (
            <>
              the oldest came <Ago at={oldest.since} />
            </>
          ) : (
            'nothing waits'
          )
        }
      />
      <Tile label="Running" value={many(active.count)} note="under way or next in line" />
      <Tile
        label="Need attention"
        value={many(attention.count)}
        tone={attention.count > 0 ? 'bad' : undefined}
        note="in the last two weeks"
      />
      <Tile
        label="Spent today"
        value={money(today?.usd ?? 0)}
        note={
          unpriced > 0
            ? `and ${unpriced} calls without a known price`
            : `${money(sum(({ usd }) => usd))} in two weeks`
        }
      />
      <Tile
        label="Passed QA"
        value={judged === 0 ? '–' : percent(sum(({ passed }) => passed) / judged)}
        note={judged === 0 ? 'nothing was judged yet' : `of ${judged} in two weeks`}
      />
    </div>
  );
}

function Gates({ now: { gates, scope } }: { now: OverviewView }): React.JSX.Element {
  return (
    <Card
      title="Waiting for a decision"
      actions={<ButtonLink to={pagePath('inbox')}>To the inbox</ButtonLink>}
    >
      {gates.oldest.length === 0 ? (
        <Empty title="Nothing waits">A mission that needs a decision shows up here.</Empty>
      ) : (
        <ul className="at-lines">
          {gates.oldest.map((gate) => (
            <li key={gate.approvalId}>
              <div>
                <Link
                  className="at-clip"
                  to={`${pagePath('review')}?id=${encodeURIComponent(gate.approvalId)}`}
                >
                  {gate.title}
                </Link>
                <span className="at-soft">
                  {phaseLabel(gate.gate)}
                  {scope === 'team' && ` · ${gate.ownerName}`}
                </span>
              </div>
              <span className="at-nowrap">
                <Ago at={gate.since} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Sessions({
  items,
  team,
}: {
  items: OverviewView['active']['newest'];
  team: boolean;
}): React.JSX.Element {
  return (
    <ul className="at-lines">
      {items.map((session) => (
        <li key={session.sessionId}>
          <div>
            <Link
              className="at-clip"
              to={`${pagePath('session')}?id=${encodeURIComponent(session.sessionId)}`}
            >
              {session.title}
            </Link>
            <span className="at-soft at-clip">
              {session.problem ?? `phase ${session.phase.replaceAll('_', ' ')}`}
              {team && ` · ${session.ownerName}`}
            </span>
          </div>
          <div className="at-right at-nowrap">
            <Badge status={session.status} />
            <br />
            <span className="at-soft">
              <Ago at={session.updatedAt} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Attention({ now: { attention, scope } }: { now: OverviewView }): React.JSX.Element {
  return (
    <Card
      title="Need attention"
      actions={<ButtonLink to={`${pagePath('sessions')}?status=needs_attention`}>All of them</ButtonLink>}
    >
      {attention.newest.length === 0 ? (
        <Empty title="All is well">What fails, or stops for somebody to look, shows up here.</Empty>
      ) : (
        <Sessions items={attention.newest} team={scope === 'team'} />
      )}
    </Card>
  );
}

function Active({ now: { active, scope } }: { now: OverviewView }): React.JSX.Element {
  return (
    <Card title="Running" actions={<ButtonLink to={pagePath('sessions')}>All sessions</ButtonLink>}>
      {active.newest.length === 0 ? (
        <Empty title="Nothing runs">Missions under way show up here.</Empty>
      ) : (
        <Sessions items={active.newest} team={scope === 'team'} />
      )}
    </Card>
  );
}

function Limits({ agents }: { agents: readonly AgentSettingsView[] }): React.JSX.Element {
  const approver = useRole('approver');
  return (
    <Card
      title="Used today, against the limits"
      actions={approver && <ButtonLink to={pagePath('agents')}>Agent settings</ButtonLink>}
    >
      {agents.map((agent) => (
        <UsageMeter key={agent.profile} agent={agent} />
      ))}
      <p className="at-hint">Days are those of UTC.</p>
    </Card>
  );
}

/** `2026-03-09` as `9 Mar`. */
const shortDay = (day: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day));

function Charts({ now: { days } }: { now: OverviewView }): React.JSX.Element {
  const labels = days.map(({ day }) => shortDay(day));
  return (
    <>
      <Card title="Missions per day">
        <Chart
          title="Missions per day, the last two weeks"
          kind="bars"
          whole
          format={(value) => (Number.isInteger(value) ? count(value) : '')}
          labels={labels}
          series={[
            { name: 'submitted', tone: 'note', values: days.map(({ submitted }) => submitted) },
            { name: 'completed', tone: 'good', values: days.map(({ completed }) => completed) },
            { name: 'failed or stopped', tone: 'bad', values: days.map(({ failed }) => failed) },
          ]}
        />
      </Card>
      <div className="at-pair">
        <Card title="Spent per day">
          <Chart
            title="US dollars per day, the last two weeks"
            kind="bars"
            format={money}
            labels={labels}
            series={[{ name: 'spent', tone: 'accent', values: days.map(({ usd }) => usd) }]}
          />
        </Card>
        <Card title="Passed QA">
          <Chart
            title="Share of missions that passed QA, the last two weeks"
            kind="lines"
            top={1}
            format={percent}
            labels={labels}
            series={[
              {
                name: 'passed',
                tone: 'good',
                values: days.map(({ judged, passed }) => (judged === 0 ? null : passed / judged)),
              },
            ]}
          />
        </Card>
      </div>
    </>
  );
}

function Agents({ now: { agents } }: { now: OverviewView }): React.JSX.Element {
  return (
    <Card title="Agents, the last seven days">
      <table className="at-table at-cards">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col" className="at-num">
              Runs
            </th>
            <th scope="col" className="at-num">
              Succeeded
            </th>
            <th scope="col" className="at-num">
              Takes on average
            </th>
            <th scope="col" className="at-num">
              Tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <tr key={agent.agent}>
              <td className="at-title">{agent.agent}</td>
              <td data-label="Runs" className="at-num">
                {count(agent.runs)}
              </td>
              <td data-label="Succeeded" className="at-num">
                {percent(agent.runs === 0 ? null : agent.successful / agent.runs)}
              </td>
              <td data-label="Takes on average" className="at-num">
                {agent.averageSeconds === null ? '–' : duration(agent.averageSeconds)}
              </td>
              <td data-label="Tokens" className="at-num">
                {count(agent.tokens)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
