import React, { useEffect } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { SessionView } from '../../src/http/presenters/session.js';
import { ApiProblem, useApi } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { KIND_LABELS, phaseLabel, sessionTitle } from '../components/kinds.js';
import { ButtonLink, Card, Empty, ErrorNote, Loading, Page, Tabs } from '../components/kit.js';
import { useMe, useRole } from '../components/session.js';
import { Actions } from './session/actions.js';
import { KIND_VIEWS } from './session/kinds.js';
import { useFresh, useLive } from './session/live.js';
import { Problem } from './session/problem.js';

/** Read anew that often beside the stream, so that times and budgets stay right even without one, in milliseconds. */
const EVERY = 15_000;

/** One session, live. */
export default function SessionPage(): React.JSX.Element {
  const [params] = useSearchParams();
  const id = params.get('id') ?? '';
  if (id === '')
    return (
      <Page title="Session" back={{ to: '/admin/pages/sessions', label: 'Sessions' }}>
        <Card>
          <Empty title="Which session?">
            <ButtonLink to="/admin/pages/sessions">Choose one</ButtonLink>
          </Empty>
        </Card>
      </Page>
    );
  return <OneSession key={id} id={id} />;
}

function OneSession({ id }: { id: string }): React.JSX.Element {
  const loaded = useApi<SessionView>(`/sessions/${encodeURIComponent(id)}`, EVERY);
  const session = loaded.data;
  if (session === undefined) {
    const gone = loaded.error instanceof ApiProblem && loaded.error.status === 404;
    return (
      <Page title="Session" back={{ to: '/admin/pages/sessions', label: 'Sessions' }}>
        {loaded.loading && <Loading />}
        {gone && (
          <Card>
            <Empty title="There is no such session">
              <p>It was deleted, or it is somebody else’s.</p>
              <ButtonLink to="/admin/pages/sessions">All sessions</ButtonLink>
            </Empty>
          </Card>
        )}
        {loaded.error && !gone && <ErrorNote error={loaded.error} retry={loaded.reload} />}
      </Page>
    );
  }
  return <Shown session={session} reload={loaded.reload} problem={loaded.error} />;
}

function Shown({
  session,
  reload,
  problem,
}: {
  session: SessionView;
  reload: () => void;
  problem: Error | undefined;
}): React.JSX.Element {
  const live = useLive(session.sessionId);
  useFresh({ reload }, live.version);
  const me = useMe();
  const submitter = useRole('submitter');
  const admin = useRole('admin');
  const mine = session.userId === me.id;
  const mayAct = submitter && (mine || admin);
  const view = KIND_VIEWS[session.kind];
  const [params, setParams] = useSearchParams();
  const tab = view.tabs.find(({ key }) => key === params.get('tab')) ?? view.tabs[0];
  const title = sessionTitle(session);
  useEffect(() => {
    document.title = `${title} · Atelier`;
  }, [title]);
  const Content = tab?.content;
  return (
    <Page
      title={title}
      back={{ to: '/admin/pages/sessions', label: 'Sessions' }}
      lead={
        <span className="at-row">
          <Badge status={session.status} />
          <span>
            {KIND_LABELS[session.kind]}
            {session.projectName !== null && ` in ${session.projectName}`}
            {session.phase !== '' && ` · ${phaseLabel(session.phase)}`}
            {!mine && ` · by ${session.ownerName || 'somebody who is gone'}`}
          </span>
          {session.rehearsal && <Badge status="rehearsal" tone="note" label="rehearsal: recorded answers" />}
        </span>
      }
      actions={mayAct && <Actions session={session} view={view} changed={reload} />}
    >
      {problem && <ErrorNote error={problem} retry={reload} />}
      {live.state === 'away' && (
        <p className="at-note at-warn" role="status">
          The live connection has broken off and is tried again. What you see may be some seconds old.
        </p>
      )}
      {session.pendingApprovalId !== null && (
        <section className="at-note at-waits" aria-label="Waiting">
          <p>
            <strong>It waits for a decision.</strong> {phaseLabel(session.phase)}.
          </p>
          <Link className="at-button at-primary" to={`/admin/pages/review?id=${session.pendingApprovalId}`}>
            Review and decide
          </Link>
        </section>
      )}
      <Problem session={session} mayAct={mayAct} />
      <Tabs
        label="Parts of the session"
        value={tab?.key ?? ''}
        onChange={(key) =>
          setParams(
            (before) => {
              const next = new URLSearchParams(before);
              next.set('tab', key);
              return next;
            },
            { replace: true },
          )
        }
        tabs={view.tabs}
      />
      {Content && <Content session={session} live={live} view={view} mayAct={mayAct} />}
    </Page>
  );
}
