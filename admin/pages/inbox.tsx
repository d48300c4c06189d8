import React, { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { InboxItemView } from '../../src/http/presenters/review.js';
import { useApi, useList, type ListPage } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Ago, duration, money } from '../components/format.js';
import { ButtonLink, Empty, ErrorNote, Field, Loading, More, Page } from '../components/kit.js';
import { useRole } from '../components/session.js';
import { Shortcuts } from '../components/shortcuts.js';
import { Since } from '../components/since.js';

interface PolicyLine {
  kind: string;
  gate: string;
  gateLabel: string;
}

const STATUSES = [
  ['pending', 'Waiting'],
  ['approved', 'Approved'],
  ['changes_requested', 'Changes requested'],
  ['rejected', 'Rejected'],
  ['expired', 'Expired'],
] as const;

/** What waits for a person, the longest wait first. */
export default function Inbox(): React.JSX.Element {
  const team = useRole('approver');
  const submitter = useRole('submitter');
  const [search, setSearch] = useSearchParams();
  const value = (name: string, otherwise = ''): string => search.get(name) ?? otherwise;
  const scope = value('scope', team ? 'team' : 'mine');
  const status = value('status', 'pending');
  const [kind, gate] = value('gate').split('/');
  const set = (name: string, to: string): void =>
    setSearch(
      (before) => {
        if (to === '') before.delete(name);
        else before.set(name, to);
        return before;
      },
      { replace: true },
    );
  const query = new URLSearchParams({ scope, status, limit: '25' });
  if (kind !== undefined && gate !== undefined) {
    query.set('kind', kind);
    query.set('gate', gate);
  }
  const text = value('q').trim();
  const [typed, setTyped] = useState(value('q'));
  useEffect(() => {
    // Asked once somebody stops typing, not at every letter.
    const timer = setTimeout(() => {
      if (typed !== value('q')) set('q', typed);
    }, 250);
    return () => clearTimeout(timer);
  }, [typed]);
  if (text !== '') query.set('q', text);
  const list = useList<InboxItemView>(`/approvals?${query.toString()}`, 10_000);
  const gates = useApi<ListPage<PolicyLine>>('/policies');
  const before = useRef<InboxItemView[]>([]);
  // What was there stays, dimmed, until the answer to a new question is.
  const items = list.loading
    ? before.current
    : list.items.filter(({ id }, at, all) => all.findIndex((one) => one.id === id) === at);
  before.current = items;
  const rows = useRef<HTMLUListElement>(null);
  const move = (by: number): void => {
    const links = [...(rows.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    links[
      at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))
    ]?.focus();
  };
  const filtered = text !== '' || value('gate') !== '';
  return (
    <Page
      title="Inbox"
      lead={status === 'pending' ? 'What waits for a person, the longest wait first.' : 'What was decided.'}
      actions={
        <Shortcuts
          keys={[
            { key: 'j', says: 'next', run: () => move(1) },
            { key: 'k', says: 'the one before', run: () => move(-1) },
            { key: 'Enter', says: 'open it', run: () => openFocused() },
          ]}
        />
      }
    >
      <div className="at-filters at-inbox-filters" role="search">
        <div className="at-wide">
          <Field label="Search">
            <input
              type="search"
              value={typed}
              placeholder="Words of a mission or its name"
              maxLength={200}
              onChange={({ target }) => setTyped(target.value)}
            />
          </Field>
        </div>
        {team && (
          <Field label="Whose">
            <select value={scope} onChange={({ target }) => set('scope', target.value)}>
              <option value="team">The team’s</option>
              <option value="mine">My own</option>
            </select>
          </Field>
        )}
        <Field label="Asked for">
          <select value={value('gate')} onChange={({ target }) => set('gate', target.value)}>
            <option value="">Anything</option>
            {(gates.data?.items ?? []).map((one) => (
              <option key={`${one.kind}/${one.gate}`} value={`${one.kind}/${one.gate}`}>
                {one.gateLabel}
                {one.kind === 'studio' ? '' : ` (${one.kind})`}
              </option>
            ))}
          </select>
        </Field>
        <Field label="State">
          <select value={status} onChange={({ target }) => set('status', target.value)}>
            {STATUSES.map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {list.error && <ErrorNote error={list.error} retry={list.reload} />}
      {list.loading && <Loading />}
      {!list.loading && !list.error && items.length === 0 && (
        <Empty title={filtered ? 'Nothing matches' : status === 'pending' ? 'Nothing waits' : 'Nothing here'}>
          {filtered ? (
            <p>Take a word or a filter away.</p>
          ) : (
            <>
              <p>
                {scope === 'mine'
                  ? 'When a mission of yours needs a decision, it is listed here.'
                  : 'When a mission needs a decision, it is listed here.'}
              </p>
              {submitter && status === 'pending' && (
                <p className="at-more">
                  <ButtonLink to="/admin/pages/submit">New mission</ButtonLink>
                </p>
              )}
            </>
          )}
        </Empty>
      )}
      {items.length > 0 && (
        <div className={list.loading ? 'at-inbox at-dim' : 'at-inbox'} aria-busy={list.loading}>
          <div className="at-inbox-head" aria-hidden="true">
            <span>Mission</span>
            <span>Asked for</span>
            <span>Waiting</span>
            <span>Cost so far</span>
            <span>Votes</span>
          </div>
          <ul ref={rows}>
            {items.map((item) => (
              <li key={item.id}>
                <Row item={item} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <More more={list.more} />
    </Page>
  );
}

/** A gate, the whole of it one link. */
function Row({ item }: { item: InboxItemView }): React.JSX.Element {
  const { votes, claimedBy } = item;
  return (
    <Link className="at-inbox-row" to={`/admin/pages/review?id=${item.id}`}>
      <span className="at-inbox-title">
        <strong>{item.title}</strong>
        <span className="at-soft">
          {item.mine ? 'yours' : `by ${item.owner.name}`}
          {item.projectName !== null && ` · ${item.projectName}`}
          {claimedBy && ` · ${claimedBy.name} is on it`}
        </span>
        {item.status === 'pending' && !item.canDecide && item.cannotDecideBecause !== null && (
          <span className="at-soft">Not yours to decide: {item.cannotDecideBecause}</span>
        )}
      </span>
      <span>
        <Label>Asked for</Label>
        {item.gateLabel}
      </span>
      <span>
        <Label>{item.status === 'pending' ? 'Waiting' : 'Decided'}</Label>
        {item.status === 'pending' ? (
          <>
            <strong className={item.waitingSeconds > 86_400 ? 'at-late' : ''}>
              <Since at={item.createdAt} />
            </strong>
            {item.expiresAt !== null && <Expiry at={item.expiresAt} />}
          </>
        ) : (
          <>
            <Badge status={item.status} /> <Ago at={item.decidedAt} />
          </>
        )}
      </span>
      <span>
        <Label>Cost so far</Label>
        {money(item.costUsd)}
      </span>
      <span>
        <Label>Votes</Label>
        {votes.needed > 1 ? `${votes.given} of ${votes.needed}` : 'one decides'}
        {item.voted && ', yours given'}
      </span>
    </Link>
  );
}

/** A column's name before a value: seen on a phone, and heard everywhere. */
function Label({ children }: { children: string }): React.JSX.Element {
  return <span className="at-inbox-label">{children} </span>;
}

/** When it is decided without anybody, once that is near. */
function Expiry({ at }: { at: string }): React.JSX.Element | null {
  const left = (Date.parse(at) - Date.now()) / 1000;
  if (left > 86_400) return null;
  return <span className="at-late"> · {left > 0 ? `${duration(left)} left` : 'time is up'}</span>;
}

function openFocused(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.click();
}
