import React, { useState } from 'react';
import { useText } from '../../components/api.js';
import { Diff } from '../../components/diff.js';
import { Dialog, Field, Show, Tabs } from '../../components/kit.js';
import { Code, Markdown } from '../../components/markdown.js';
import { Bypass, bypassOf, cleared, Send, type Asking } from './dialogs.js';
import { documentName, isMarkdown, type Shown } from './words.js';

type View = 'edit' | 'preview' | 'changes';

/** Editing what is shown, and approving that: the edited text becomes a new version, and the agents get it. */
export function EditDialog({
  asking,
  shown,
  start,
}: {
  asking: Asking;
  /** The versions that were read. */
  shown: readonly Shown[];
  /** The document to begin with. */
  start: string;
}): React.JSX.Element {
  const { draft, review } = asking;
  const [path, setPath] = useState(start);
  const [view, setView] = useState<View>('edit');
  const edits = draft.value.edits ?? {};
  const edited = shown.filter((one) => edits[one.path] !== undefined);
  const document = shown.find((one) => one.path === path) ?? shown[0];
  const notes = draft.value.notes ?? '';
  return (
    <Dialog title="Edit and approve" onClose={asking.close} wide>
      <div className="at-stack">
        <Tabs
          label="Documents to edit"
          value={document?.path ?? ''}
          onChange={setPath}
          tabs={shown.map((one) => ({
            key: one.path,
            label: `${documentName(one)}${edits[one.path] === undefined ? '' : ' · edited'}`,
          }))}
        />
        {document &&
          edits[document.path] !== undefined &&
          draft.value.editedFrom?.[document.path] !== document.sha256 && (
            <p className="at-note at-warn">
              You began this edit with an older version. “Your changes” shows what it would take back.
            </p>
          )}
        {document && (
          <Editor
            key={document.id}
            document={document}
            view={view}
            setView={setView}
            text={edits[document.path]}
            set={(text) => {
              const { [document.path]: _gone, ...others } = edits;
              const first = edits[document.path] === undefined;
              draft.set({
                edits: text === undefined ? others : { ...others, [document.path]: text },
                ...(first && {
                  editedFrom: { ...draft.value.editedFrom, [document.path]: document.sha256 },
                }),
              });
            }}
          />
        )}
        <Field
          label="Notes (optional)"
          help="They go to the agents that build it."
          name="comment"
          error={asking.action.error}
        >
          <input
            value={notes}
            maxLength={20_000}
            onChange={({ target }) => draft.set({ notes: target.value })}
          />
        </Field>
        <Bypass review={review} draft={draft} />
        <p className="at-soft">
          {edited.length === 0
            ? 'Nothing is edited yet.'
            : `Edited: ${edited.map(documentName).join(', ')}. Each becomes a new version under your name; the work goes on with it.`}
          {review.votes.needed > 1 &&
            ' Approvals that others gave were for the text before: they start anew.'}
        </p>
        <Send
          asking={asking}
          label="Approve with your edits"
          disabled={edited.length === 0 || !cleared(asking)}
          send={() => ({
            decision: 'approve',
            comment: notes,
            edits: edited.map((one) => ({ path: one.path, content: edits[one.path] ?? '' })),
            ...bypassOf(asking),
          })}
        />
      </div>
    </Dialog>
  );
}

function Editor({
  document,
  view,
  setView,
  text,
  set,
}: {
  document: Shown;
  view: View;
  setView: (view: View) => void;
  /** The edited text, if it is edited. */
  text: string | undefined;
  set: (text: string | undefined) => void;
}): React.JSX.Element {
  const original = useText(`/artifacts/${document.id}/content`);
  return (
    <Show of={original}>
      {(was) => {
        // A text field gives every line end as a line feed.
        const before = was.replace(/\r\n?/g, '\n');
        const now = text ?? before;
        return (
          <div>
            <Tabs
              label="Views of the document"
              value={view}
              onChange={setView}
              tabs={[
                { key: 'edit', label: 'Edit' },
                { key: 'preview', label: 'Preview' },
                { key: 'changes', label: 'Your changes' },
              ]}
            />
            {view === 'edit' && (
              <textarea
                className="at-mono at-editor"
                aria-label={`Text of the ${documentName(document)}`}
                value={now}
                maxLength={500_000}
                spellCheck
                onChange={({ target }) => set(target.value === before ? undefined : target.value)}
              />
            )}
            {view === 'preview' && (
              <div className="at-preview">
                {isMarkdown(document.path) ? (
                  <Markdown text={now} />
                ) : (
                  <Code text={now} path={document.path} />
                )}
              </div>
            )}
            {view === 'changes' && (
              <div className="at-preview">
                <Diff before={before} after={now} label="Your changes" />
              </div>
            )}
          </div>
        );
      }}
    </Show>
  );
}
