import React, { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { ComparisonView } from '../../src/http/presenters/comparison.js';
import { useApi, useText } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Diff } from '../components/diff.js';
import { count, duration, money } from '../components/format.js';
import { phaseLabel } from '../components/kinds.js';
import { Button, Card, Empty, ErrorNote, Loading, Page, Show } from '../components/kit.js';

type Side = ComparisonView['a'];
type Compared = ComparisonView['artifacts'][number];

/** Two sessions side by side: what they made, how it was judged, and what it cost. */
export default function Compare(): React.JSX.Element {
  const [params] = useSearchParams();
  const [a, b] = [params.get('a') ?? '', params.get('b') ?? ''];
  const comparison = useApi<ComparisonView>(
    a !== '' && b !== '' ? `/sessions/${encodeURIComponent(a)}/compare/${encodeURIComponent(b)}` : null,
  );
  return (
    <Page
      title="Two sessions side by side"
      back={{ to: `/admin/pages/session?id=${b}`, label: 'Session' }}
      lead="What a fork took over from its parent is not in its cost, tokens and time."
    >
      {(a === '' || b === '') && (
        <Card>
          <Empty title="Which two?">
            <p>Open a session, then “History and forks”, and choose “Compare”.</p>
          </Empty>
        </Card>
      )}
      <Show of={comparison}>
        {(data) => (
          <>
            <Card>
              <Figures a={data.a} b={data.b} />
            </Card>
            <Prompts of={data.promptVersions} />
            <Files artifacts={data.artifacts} />
          </>
        )}
      </Show>
    </Page>
  );
}

const ROWS: readonly { label: string; of: (side: Side) => React.ReactNode }[] = [
  { label: 'Status', of: ({ status }) => <Badge status={status} /> },
  { label: 'Phase', of: ({ phase }) => phaseLabel(phase) },
  { label: 'Attempts', of: ({ iterationCount }) => iterationCount },
  { label: 'QA', of: ({ qaPassed }) => (qaPassed ? 'passed' : 'not passed') },
  {
    label: 'Tests',
    of: ({ tests }) =>
      tests ? `${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped` : 'not run',
  },
  { label: 'Cost', of: ({ costUsd }) => money(costUsd) },
  { label: 'Tokens', of: ({ tokens }) => count(tokens) },
  { label: 'Agents at work', of: ({ seconds }) => duration(seconds) },
];

function Figures({ a, b }: { a: Side; b: Side }): React.JSX.Element {
  const head = (side: Side, fallback: string): React.JSX.Element => (
    <Link to={`/admin/pages/session?id=${side.sessionId}`}>{side.name ?? fallback}</Link>
  );
  return (
    <table className="at-table at-compare" aria-label="Figures">
      <thead>
        <tr>
          <td />
          <th scope="col">{head(a, 'The first')}</th>
          <th scope="col">{head(b, 'The second')}</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(({ label, of }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{of(a)}</td>
            <td>{of(b)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Prompts({ of }: { of: ComparisonView['promptVersions'] }): React.JSX.Element | null {
  const different = of.filter(({ a, b }) => a !== b);
  if (of.length === 0) return null;
  return (
    <Card title="Prompt versions">
      {different.length === 0 ? (
        <p className="at-soft">Both used the same.</p>
      ) : (
        <ul className="at-plain-list">
          {different.map(({ profile, a, b }) => (
            <li key={profile}>
              {phaseLabel(profile)}: version {a ?? 'none'} and version {b ?? 'none'}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const SAID: Readonly<Record<Compared['status'], string>> = {
  same: 'the same',
  changed: 'differs',
  only_a: 'only in the first',
  only_b: 'only in the second',
};

function Files({ artifacts }: { artifacts: readonly Compared[] }): React.JSX.Element {
  const [open, setOpen] = useState<string>();
  const different = artifacts.filter(({ status }) => status !== 'same');
  const same = artifacts.length - different.length;
  return (
    <Card title="Files">
      {different.length === 0 && (
        <Empty title="No file differs">
          <p>{same === 0 ? 'Neither has made any yet.' : `All ${same} are the same.`}</p>
        </Empty>
      )}
      <ul className="at-relatives">
        {different.map((file) => (
          <li key={file.path} className="at-compared">
            <span className="at-row">
              <span className="at-mono">{file.path}</span>
              <span className="at-soft">{SAID[file.status]}</span>
              <span className="at-grow" />
              <Button
                aria-expanded={open === file.path}
                aria-label={`${open === file.path ? 'Close' : 'Show'} ${file.path}`}
                onClick={() => setOpen(open === file.path ? undefined : file.path)}
              >
                {open === file.path ? 'Close' : 'Show'}
              </Button>
            </span>
            {open === file.path && <Changed file={file} />}
          </li>
        ))}
      </ul>
      {different.length > 0 && same > 0 && <p className="at-soft">{same} more are the same.</p>}
    </Card>
  );
}

function Changed({ file }: { file: Compared }): React.JSX.Element {
  const before = useText(file.a ? `/artifacts/${file.a.id}/content` : null);
  const after = useText(file.b ? `/artifacts/${file.b.id}/content` : null);
  const error = before.error ?? after.error;
  if (error) return <ErrorNote error={error} />;
  if (before.loading || after.loading) return <Loading />;
  return <Diff before={before.data ?? ''} after={after.data ?? ''} label={`Changes of ${file.path}`} />;
}
