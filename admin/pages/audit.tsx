import React, { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { AuditEvent } from '../../src/core/vocabulary.js';
import type { AuditView } from '../../src/http/presenters/audit.js';
import { useList } from '../components/api.js';
import { ChainCheck } from '../components/chain-check.js';
import { Badge } from '../components/badge.js';
import { Button, Card, Empty, ErrorNote, Field, Loading, Page } from '../components/kit.js';
import { pagePath } from '../components/shell.js';

/** What people look for most; the field takes any event. */
const SUGGESTED = [
  'login_succeeded',
  'login_failed',
  'user_created',
  'user_updated',
  'password_changed',
  'token_created',
  'token_revoked',
  'settings_changed',
  'key_changed',
  'prompt_updated',
  'session_created',
  'session_approved',
  'session_changes_requested',
  'session_rejected',
  'session_failed',
  'session_needs_attention',
  'budget_extended',
  'audit_exported',
] as const satisfies readonly AuditEvent[];

const FIELDS = ['eventType', 'user', 'session', 'from', 'to', 'q'] as const;
type Filter = Record<(typeof FIELDS)[number], string>;

const TONES: readonly (readonly [RegExp, 'bad' | 'good' | 'warn'])[] = [
  [/failed|rejected|refused|bypass/, 'bad'],
  [/approved|completed|succeeded/, 'good'],
  [/changed|updated|revoked|deleted|exported|attention/, 'warn'],
];

/** The filter as the API takes it. Times of the form are local. */
function queryOf(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const field of FIELDS) {
    const value = filter[field].trim();
    if (value === '') continue;
    const isTime = field === 'from' || field === 'to';
    query.set(field, isTime ? new Date(value).toISOString() : value);
  }
  return query;
}

/** Who did what, and when. */
export default function Audit(): React.JSX.Element {
  const [params, setParams] = useSearchParams();
  const read = (): Filter => ({
    eventType: params.get('eventType') ?? '',
    user: params.get('user') ?? '',
    session: params.get('session') ?? '',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    q: params.get('q') ?? '',
  });
  const [wish, setWish] = useState(read);
  // What is asked for stands in the address, so that it can be kept and sent.
  const asked = read();
  const query = queryOf(asked);
  const rows = useList<AuditView>(`/audit?${new URLSearchParams([['limit', '50'], ...query]).toString()}`);
  const search = (filter: Filter): void => {
    setWish(filter);
    const next = new URLSearchParams(
      FIELDS.filter((one) => filter[one].trim() !== '').map((one) => [one, filter[one].trim()]),
    );
    if (next.toString() === params.toString()) rows.reload();
    else setParams(next);
  };
  const none: Filter = { eventType: '', user: '', session: '', from: '', to: '', q: '' };
  const filtered = query.size > 0;
  const download = (format: string): string =>
    `/api/v1/audit/export?${new URLSearchParams([['format', format], ...query]).toString()}`;
  const input = (
    field: keyof Filter,
    label: string,
    more: React.InputHTMLAttributes<HTMLInputElement> = {},
  ) => (
    <Field label={label} name={field} error={rows.error}>
      <input
        {...more}
        value={wish[field]}
        onChange={(event) => setWish({ ...wish, [field]: event.target.value })}
      />
    </Field>
  );
  return (
    <Page
      title="Audit log"
      lead="Who did what, and when. Rows are never changed or removed; each seals the one before it."
      actions={
        <>
          <a className="at-button at-plain" href={download('csv')} download>
            Export CSV
          </a>
          <a className="at-button at-plain" href={download('jsonl')} download>
            Export JSONL
          </a>
        </>
      }
    >
      <ChainCheck />
      <Card>
        <form
          role="search"
          className="at-filters"
          onSubmit={(event) => {
            event.preventDefault();
            search(wish);
          }}
        >
          {input('eventType', 'Event', { list: 'at-events', placeholder: 'any' })}
          {input('user', 'Who', { placeholder: 'e-mail address or id' })}
          {input('session', 'Session', { placeholder: 'id' })}
          {input('from', 'From', { type: 'datetime-local' })}
          {input('to', 'Before', { type: 'datetime-local' })}
          {input('q', 'Text', { type: 'search', placeholder: 'in details, action, address' })}
          <div className="at-actions">
            <Button type="submit" look="primary">
              Search
            </Button>
            {filtered && <Button onClick={() => search(none)}>Clear</Button>}
          </div>
          <datalist id="at-events">
            {SUGGESTED.map((event) => (
              <option key={event} value={event} />
            ))}
          </datalist>
        </form>
        {rows.error && <ErrorNote error={rows.error} retry={rows.reload} />}
        {rows.loading && <Loading what="Searching the log" />}
        {!rows.loading && !rows.error && rows.items.length === 0 && rows.more === null && (
          <Empty title={filtered ? 'Nothing matches' : 'The log is empty'}>
            {filtered ? 'Search for less: fewer words, or a longer time.' : 'What people do shows up here.'}
          </Empty>
        )}
        {rows.items.length > 0 && (
          <table className="at-table at-cards at-audit">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Event</th>
                <th scope="col">Who</th>
                <th scope="col">Session</th>
                <th scope="col">Address</th>
                <th scope="col">
                  <span className="at-sr">Details</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.items.map((row) => (
                <Row key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        )}
        {rows.more && (
          <p className="at-more">
            <Button onClick={rows.more}>{asked.q === '' ? 'Show more' : 'Search further back'}</Button>
          </p>
        )}
      </Card>
    </Page>
  );
}

function Row({ row }: { row: AuditView }): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const tone = TONES.find(([pattern]) => pattern.test(row.eventType))?.[1] ?? 'note';
  const time = new Date(row.at);
  return (
    <>
      <tr>
        <td data-label="When" className="at-nowrap">
          <time dateTime={row.at} title={row.at}>
            {time.toLocaleDateString()} {time.toLocaleTimeString()}
          </time>
        </td>
        <td data-label="Event">
          <span>
            <Badge status={row.eventType} tone={tone} />
            {row.action !== null && <span className="at-soft"> {row.action}</span>}
          </span>
        </td>
        <td data-label="Who">
          {row.user === null ? (
            <span className="at-soft">
              {typeof row.details['email'] === 'string' ? row.details['email'] : 'the system'}
            </span>
          ) : (
            <span title={row.user.email ?? row.user.id}>{row.user.name ?? row.user.id}</span>
          )}
        </td>
        <td data-label="Session">
          {row.sessionId === null ? (
            <span className="at-soft">–</span>
          ) : (
            <Link className="at-mono" to={`${pagePath('session')}?id=${encodeURIComponent(row.sessionId)}`}>
              …{row.sessionId.slice(-8)}
            </Link>
          )}
        </td>
        <td data-label="Address">
          <span className="at-mono">{row.ip ?? '–'}</span>
        </td>
        <td className="at-right">
          <Button
            look="quiet"
            aria-expanded={open}
            aria-label={`Details of row ${row.id}`}
            onClick={() => setOpen(!open)}
          >
            {open ? 'Less' : 'Details'}
          </Button>
        </td>
      </tr>
      {open && (
        <tr className="at-inside">
          <td colSpan={6}>
            <div className="at-stack">
              <p className="at-hint">
                Row {row.id}
                {row.action === null ? '' : ` · ${row.action}`}
                {row.user?.email ? ` · ${row.user.email}` : ''}
              </p>
              <pre className="at-pre">{JSON.stringify(row.details, null, 2)}</pre>
              <p className="at-hint at-mono at-breaks">
                seals {row.prevHash.slice(0, 16)}… as {row.hash}
              </p>
            </div>
          </td>
        </tr>
      )}
    </>
  );
}
