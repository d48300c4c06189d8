import React, { useState, type FormEvent } from 'react';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { call, useAction } from '../../components/api.js';
import { Button, Dialog, ErrorNote, Field } from '../../components/kit.js';

/** Asks for the session's name. */
export function Rename({
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
