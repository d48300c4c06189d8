import React, { useEffect, useMemo, useState, type FormEvent } from 'react';
import type { ArtifactView } from '../../../src/http/presenters/artifact.js';
import type { SessionView } from '../../../src/http/presenters/session.js';
import { ApiProblem, call, fetchText, useAction, useList } from '../../components/api.js';
import { phaseLabel } from '../../components/kinds.js';
import { Button, Dialog, ErrorNote, Field, Loading } from '../../components/kit.js';

/** Begins a phase again, with the documents it builds on edited if one likes. */
export function Rerun({
  session,
  reruns,
  changed,
  onClose,
}: {
  session: SessionView;
  reruns: Readonly<Record<string, readonly string[]>>;
  changed: () => void;
  onClose: () => void;
}): React.JSX.Element {
  const [phase, setPhase] = useState(
    session.phase in reruns ? session.phase : (Object.keys(reruns)[0] ?? ''),
  );
  const [edits, setEdits] = useState<Readonly<Record<string, string>>>({});
  const artifacts = useList<ArtifactView>(`/sessions/${session.sessionId}/artifacts?newest=true&limit=1000`);
  const documents = useMemo(
    () => artifacts.items.filter(({ path }) => reruns[phase]?.includes(path)),
    [artifacts.items, phase, reruns],
  );
  const rerun = useAction(async () => {
    const sent = documents
      .filter(({ path }) => edits[path] !== undefined)
      .map(({ path }) => ({ path, content: edits[path] }));
    await call('POST', `/sessions/${session.sessionId}/rerun`, {
      phase,
      ...(sent.length > 0 && { edits: sent }),
    });
    changed();
    onClose();
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void rerun.run();
  };
  const edited = documents.filter(({ path }) => edits[path] !== undefined).length;
  return (
    <Dialog title="Begin a phase again" wide={documents.length > 0} onClose={onClose}>
      <form className="at-form" onSubmit={send}>
        <p>
          The session goes on from the beginning of that phase. What was made before stays as history; a gate
          that waits now closes.
        </p>
        <Field label="Phase" name="phase" error={rerun.error}>
          <select
            value={phase}
            onChange={(event) => {
              rerun.clear();
              setPhase(event.target.value);
            }}
          >
            {Object.keys(reruns).map((one) => (
              <option key={one} value={one}>
                {phaseLabel(one)}
              </option>
            ))}
          </select>
        </Field>
        {artifacts.loading && <Loading />}
        {documents.map((document) => (
          <EditDocument
            key={document.id}
            document={document}
            text={edits[document.path]}
            onChange={(text) =>
              setEdits((before) => {
                const { [document.path]: _gone, ...others } = before;
                return text === undefined ? others : { ...others, [document.path]: text };
              })
            }
          />
        ))}
        {rerun.error && <ErrorNote error={rerun.error} />}
        <div className="at-actions">
          <Button type="submit" look="primary" busy={rerun.busy}>
            {edited > 0
              ? `Save ${edited === 1 ? 'the edit' : `${edited} edits`} and begin again`
              : 'Begin again'}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A document that the phase builds on, to be edited. @param text undefined while it is as it was */
function EditDocument({
  document,
  text,
  onChange,
}: {
  document: ArtifactView;
  text: string | undefined;
  onChange: (text: string | undefined) => void;
}): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const [original, setOriginal] = useState<string>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    if (!open || original !== undefined) return undefined;
    const abort = new AbortController();
    fetchText(`/artifacts/${document.id}/content`, abort.signal).then(setOriginal, (problem: unknown) => {
      if (!abort.signal.aborted)
        setError(
          problem instanceof ApiProblem ? problem : new Error('The document cannot be read just now.'),
        );
    });
    return () => abort.abort();
  }, [open, original, document.id]);
  return (
    <details className="at-fold-out" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Edit <code>{document.path}</code> first{text !== undefined && ' (edited)'}
      </summary>
      {error && <ErrorNote error={error} />}
      {open && original === undefined && !error && <Loading />}
      {original !== undefined && (
        <Field label={document.path} help="It becomes a new version; the one before stays.">
          <textarea
            className="at-mono"
            rows={16}
            value={text ?? original}
            onChange={({ target: { value } }) => onChange(value === original ? undefined : value)}
          />
        </Field>
      )}
    </details>
  );
}
