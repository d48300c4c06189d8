import React, { useState } from 'react';
import { useNavigate } from 'react-router-dom';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { call, useAction } from '../../components/api.js';
import { Button, ConfirmButton, ErrorNote } from '../../components/kit.js';
import type { KindView } from './kinds.js';
import { Rename } from './rename.js';
import { Rerun } from './rerun.js';

/** What can be done with the session as it stands now. */
export function Actions({
  session,
  view,
  changed,
}: {
  session: SessionView;
  view: KindView;
  /** Called after each change, so that the page shows the new truth. */
  changed: () => void;
}): React.JSX.Element {
  const navigate = useNavigate();
  const [renaming, setRenaming] = useState(false);
  const [rerunning, setRerunning] = useState(false);
  const path = `/sessions/${session.sessionId}`;
  const pin = useAction(async () => {
    await call('PATCH', path, { isPinned: !session.isPinned });
    changed();
  });
  const retry = useAction(async () => {
    await call('POST', `${path}/retry`, {});
    changed();
  });
  const cancel = useAction(async () => {
    await call('POST', `${path}/cancel`, {});
    changed();
  });
  const remove = useAction(async () => {
    await call('DELETE', path);
    navigate('/admin/pages/sessions');
  });
  const busy = session.status === 'pending' || session.status === 'running';
  const error = pin.error ?? retry.error;
  return (
    <>
      {view.retryable.includes(session.status) && (
        <Button
          look={session.error?.code === 'budget_reached' ? 'plain' : 'primary'}
          busy={retry.busy}
          onClick={() => void retry.run()}
        >
          Retry
        </Button>
      )}
      {Object.keys(view.reruns).length > 0 && !busy && (
        <Button onClick={() => setRerunning(true)}>Rerun from …</Button>
      )}
      <Button onClick={() => setRenaming(true)}>Rename</Button>
      <Button aria-pressed={session.isPinned} busy={pin.busy} onClick={() => void pin.run()}>
        {session.isPinned ? '★ Pinned' : '☆ Pin'}
      </Button>
      {view.cancellable.includes(session.status) && (
        <ConfirmButton
          label="Cancel"
          confirm="Cancel the session"
          look="danger"
          action={cancel}
          question="The work stops within seconds. What was made so far stays, and you can retry later: it then goes on where it stood."
        />
      )}
      <ConfirmButton
        label="Delete"
        confirm="Delete the session"
        look="danger"
        action={remove}
        question="The session goes from every list, with its documents, code and history, and whatever runs for it stops. You cannot bring it back."
      />
      {error && <ErrorNote error={error} />}
      {renaming && <Rename session={session} changed={changed} onClose={() => setRenaming(false)} />}
      {rerunning && (
        <Rerun session={session} reruns={view.reruns} changed={changed} onClose={() => setRerunning(false)} />
      )}
    </>
  );
}
