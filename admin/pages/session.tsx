import React, { useEffect, useState, type FormEvent } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { SessionView } from '../../src/http/presenters/session.js';
import { ApiProblem, call, useAction, useApi } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { KIND_LABELS, phaseLabel, sessionTitle } from '../components/kinds.js';
import {
  Button,
  ButtonLink,
  Card,
  Dialog,
  Empty,
  ErrorNote,
  Field,
  Loading,
  Page,
  Tabs,
} from '../components/kit.js';
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
  const loaded = useApi<SessionView & { userId?: string }>(`/sessions/${encodeURIComponent(id)}`, EVERY);
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
  session: SessionView & { userId?: string };
  reload: () => void;
  problem: Error | undefined;
}): React.JSX.Element {
  const live = useLive(session.sessionId);
  useFresh({ reload }, live.version);
  const me = useMe();
  const submitter = useRole('submitter');
  const admin = useRole('admin');
  const mine = session.userId === undefined || session.userId === me.id;
  const mayAct = submitter && (mine || admin);
  const view = KIND_VIEWS[session.kind];
  const [params, setParams] = useSearchParams();
  const tab = view.tabs.find(({ key }) => key === params.get('tab')) ?? view.tabs[0];
  const [renaming, setRenaming] = useState(false);
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
            {!mine && ' · somebody else’s'}
          </span>
          {session.rehearsal && <Badge status="rehearsal" tone="note" label="rehearsal: recorded answers" />}
          {mayAct && (
            <Button look="quiet" onClick={() => setRenaming(true)}>
              Rename
            </Button>
          )}
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
      {renaming && <Rename session={session} changed={reload} onClose={() => setRenaming(false)} />}
    </Page>
  );
}

function Rename({
  session,
  changed,
  onClose,
}: {
  session: SessionView;
  changed: () => void;
  onClose: () => void;
}): React.JSX.Element {
  const [name, setName] = useState(session.name ?? '');
  const rename = useAction(async () => {
    await call('PATCH', `/sessions/${session.sessionId}`, { name: name.trim() === '' ? null : name });
    changed();
    onClose();
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void rename.run();
  };
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form className="at-form" onSubmit={send}>
        <Field
          label="Name"
          name="name"
          error={rename.error}
          help="Without a name, lists show how the mission begins."
        >
          <input value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        </Field>
        {rename.error && <ErrorNote error={rename.error} />}
        <div className="at-actions">
          <Button type="submit" look="primary" busy={rename.busy}>
            Save
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
