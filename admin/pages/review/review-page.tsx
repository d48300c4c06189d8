import React, { useEffect, useMemo, useState } from 'react';
import type { ReviewView, ThreadView } from '../../../src/http/presenters/review.js';
import { ApiProblem, useAction } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { useDraft } from '../../components/draft.js';
import { money } from '../../components/format.js';
import { Card, ErrorNote, Page, Tabs } from '../../components/kit.js';
import { Shortcuts, type Shortcut } from '../../components/shortcuts.js';
import { Since } from '../../components/since.js';
import { DecisionBar } from './bar.js';
import { decide, type Decided, type Typed, type Wish } from './decision.js';
import { ApproveDialog, ChangesDialog, MoreDialog, RejectDialog, type Ask } from './dialogs.js';
import { Document, Outline, type Mode } from './document.js';
import { EditDialog } from './edit-dialog.js';
import { CommentList, FactsCard, HistoryCard } from './facts.js';
import type { Remarks } from './reading.js';
import { Changed, Standing } from './standing.js';
import { useReadVersions } from './versions.js';
import { documentName } from './words.js';

/** The page of one gate. What a person has typed survives whatever changes around it. */
export function ReviewPage({
  review,
  reload,
  lost,
}: {
  review: ReviewView;
  reload: () => void;
  /** Why the page cannot be kept up to date. */
  lost: Error | undefined;
}): React.JSX.Element {
  const { approval, session, can } = review;
  const draft = useDraft<Typed>(`review:${approval.id}`);
  const versions = useReadVersions(review);
  const { shown } = versions;
  const [path, setPath] = useState(shown[0]?.path ?? '');
  const [mode, setMode] = useState<Mode>('read');
  const [ask, setAsk] = useState<Ask>();
  const [own, setOwn] = useState<Decided>();
  const [late, setLate] = useState(false);
  const [target, setTarget] = useState<string>();
  const document = shown.find((one) => one.path === path) ?? shown[0];
  const waits = approval.status === 'pending';
  const mayAsk = waits && (can.decide || can.bypass);

  const action = useAction(async (wish: Wish) => {
    try {
      const decided = await decide(approval.id, shown, wish);
      setOwn(decided);
      draft.clear();
      setAsk(undefined);
    } catch (error) {
      const code = error instanceof ApiProblem ? error.code : '';
      if (code === 'stale_artifacts') versions.refused();
      if (code === 'already_decided') setLate(true);
      if (['stale_artifacts', 'already_decided'].includes(code)) setAsk(undefined);
      else throw error;
    } finally {
      reload();
    }
  });
  // After a refusal or a decision, what is said about it comes into view, and is read out.
  useEffect(() => {
    if (versions.old && document && versions.old.every(({ sha256 }) => sha256 !== document.sha256))
      setMode('changes');
    else if (versions.old) {
      const first = shown.find((one) => versions.old?.every(({ sha256 }) => sha256 !== one.sha256));
      if (first) setPath(first.path);
      setMode('changes');
    }
  }, [versions.old]);
  const said = own ? approval.status : late ? 'late' : undefined;
  useEffect(() => {
    if (said === undefined && !versions.old) return;
    window.scrollTo({ top: 0 });
    window.document.getElementById(waits ? 'changed' : 'standing')?.focus();
  }, [said, versions.old, waits]);

  const go = (id: string): void => setTarget(id);
  useEffect(() => {
    if (target === undefined) return undefined;
    // A document that is not there yet has not got the place: tried until it is.
    let tries = 0;
    const timer = setInterval(() => {
      const found = window.document.getElementById(target);
      tries += 1;
      if (!found && tries < 40) return;
      clearInterval(timer);
      setTarget(undefined);
      found?.scrollIntoView({ block: 'center' });
      if (target.startsWith('thread-')) found?.focus({ preventScroll: true });
    }, 50);
    return () => clearInterval(timer);
  }, [target, path, mode]);

  const goTo = (thread: ThreadView): void => {
    if (shown.some((one) => one.path === thread.path)) setPath(thread.path);
    if (mode === 'changes' || mode === 'sides') setMode('read');
    go(`thread-${thread.id}`);
  };
  const ordered = useMemo(
    () =>
      shown.flatMap((one) =>
        review.threads
          .filter((thread) => thread.path === one.path)
          .toSorted((a, b) => (a.now?.lineEnd ?? Infinity) - (b.now?.lineEnd ?? Infinity)),
      ),
    [shown, review.threads],
  );
  const step = (by: number): void => {
    const at = ordered.findIndex(({ id }) => window.document.activeElement?.id === `thread-${id}`);
    const next =
      ordered[at < 0 ? (by > 0 ? 0 : ordered.length - 1) : (at + by + ordered.length) % ordered.length];
    if (next) goTo(next);
  };
  const askFor = (what: Ask): void => {
    action.clear();
    if (mayAsk) setAsk(what);
  };
  const keys: Shortcut[] = [
    ...(mayAsk
      ? [
          { key: 'a', says: 'approve (asks first)', run: () => askFor('approve') },
          { key: 'c', says: 'request changes', run: () => askFor('changes') },
          { key: 'e', says: 'edit and approve', run: () => askFor('edit') },
          { key: 'r', says: 'reject (asks first)', run: () => askFor('reject') },
        ]
      : []),
    { key: 'n', says: 'next comment', run: () => step(1) },
    { key: 'p', says: 'comment before', run: () => step(-1) },
    ...shown.slice(0, 9).map((one, at) => ({
      key: String(at + 1),
      says: 'the first document, 2 the second, and so on',
      run: () => setPath(one.path),
      silent: at > 0,
    })),
  ];
  const title = session.name ?? firstWords(session.mission);
  const asking = { review, draft, action, close: () => setAsk(undefined) };
  const remarks: Remarks | undefined = document && {
    approvalId: approval.id,
    ownerId: review.owner.id,
    path: document.path,
    sha256: document.sha256,
    threads: review.threads.filter((thread) => thread.path === document.path),
    allowed: can.comment && !versions.stale,
    open: draft.value.comment,
    setOpen: (comment) => draft.set({ comment }),
    changed: reload,
  };
  const old = document && versions.old?.find((one) => one.path === document.path);
  const isOld = old !== undefined && old.sha256 !== document?.sha256;
  return (
    <Page
      title={title}
      back={{ to: '/admin/pages/inbox', label: 'Inbox' }}
      lead={
        <span className="at-row">
          <Badge status={approval.status} label={waits ? 'waits for a decision' : undefined} />
          <span>
            {approval.gateLabel}, revision {session.revision} · {money(review.cost.usd)} so far
            {waits && (
              <>
                {' '}
                · waiting <Since at={approval.createdAt} />
              </>
            )}
          </span>
        </span>
      }
      actions={<Shortcuts keys={keys} />}
    >
      {lost && <ErrorNote error={lost} retry={reload} />}
      <Standing review={review} own={own} late={late} draft={draft} />
      {waits && versions.old && (
        <Changed from={versions.old} to={shown} refused={versions.wasRefused} follow={undefined} />
      )}
      {waits && versions.stale && (
        <Changed from={shown} to={review.artifacts} refused={false} follow={versions.follow} />
      )}
      <div className="at-cols at-review">
        <div>
          <Card>
            {shown.length > 1 && (
              <Tabs
                label="Documents"
                value={document?.path ?? ''}
                onChange={setPath}
                tabs={shown.map((one) => ({
                  key: one.path,
                  label: `${documentName(one)}${one.previous === null ? '' : ' · changed'}`,
                }))}
              />
            )}
            {document && remarks ? (
              <Document
                key={document.path}
                shown={document}
                before={isOld ? old : document.previous}
                beforeLabel={isOld ? 'What you read' : waits ? 'The last revision' : 'The version before'}
                mode={mode}
                setMode={setMode}
                remarks={remarks}
              />
            ) : (
              <p className="at-soft">This gate shows no documents.</p>
            )}
          </Card>
        </div>
        <aside className="at-side" aria-label="Decision">
          <DecisionBar review={review} mayAsk={mayAsk} ask={askFor} />
          <FactsCard review={review} changed={reload} />
          {document && (
            <Card title="On this page">
              <Outline
                shown={document}
                go={(line) => {
                  if (mode !== 'raw') setMode('read');
                  go(`line-${line}`);
                }}
              />
              <details className="at-policy">
                <summary>The mission in its owner’s words</summary>
                <p className="at-said">{session.mission}</p>
              </details>
            </Card>
          )}
          <CommentList review={review} go={goTo} />
          <HistoryCard review={review} />
        </aside>
      </div>
      {ask === 'approve' && <ApproveDialog asking={asking} />}
      {ask === 'changes' && <ChangesDialog asking={asking} />}
      {ask === 'reject' && <RejectDialog asking={asking} />}
      {ask === 'more' && <MoreDialog choose={askFor} close={asking.close} />}
      {ask === 'edit' && <EditDialog asking={asking} shown={shown} start={document?.path ?? ''} />}
    </Page>
  );
}

/** A mission's beginning, as a heading. */
function firstWords(mission: string): string {
  const line = mission.trim().split('\n')[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 120).trimEnd()}…` : line;
}
