import React, { useEffect, useMemo, useState } from 'react';
import type {
  PromptProfileView,
  PromptVersionView,
  PromptView,
} from '../../../src/http/presenters/prompt.js';
import { call, useAction, useApi } from '../../components/api.js';
import { Diff, WordDiff } from '../../components/diff.js';
import { Ago } from '../../components/format.js';
import { Button, Card, Dialog, ErrorNote, Field, Show, Tabs } from '../../components/kit.js';
import { Markdown } from '../../components/markdown.js';
import { useMe } from '../../components/session.js';
import { bodyOf, checkPrompt } from './check.js';
import { CheckList } from './check-list.js';
import { useUnsaved } from './unsaved.js';

interface EditorProps {
  profile: PromptProfileView;
  base: PromptVersionView;
  onSaved: (made: PromptView) => void;
}

/** Writes a new draft from a version. What is not saved yet survives a reload. */
export function Editor(props: EditorProps): React.JSX.Element {
  const prompt = useApi<PromptView>(`/prompts/${props.base.id}`);
  return (
    <Show of={prompt} what="Loading the text">
      {({ content }) => <Writing {...props} before={content} />}
    </Show>
  );
}

function Writing({ profile, base, onSaved, before }: EditorProps & { before: string }): React.JSX.Element {
  const me = useMe();
  const unsaved = useUnsaved(`at-draft:${me.id}:${profile.profile}:${base.id}`, before);
  const { text, note } = unsaved.now;
  const [view, setView] = useState<'check' | 'preview' | 'changes'>('check');
  const [saving, setSaving] = useState(false);
  const check = useMemo(
    () => checkPrompt(text, profile.profile, profile.variables),
    [text, profile.profile, profile.variables],
  );
  const cannotSave =
    text === before
      ? 'Nothing has changed yet.'
      : check.head.length > 0 || check.variables.some(({ blocks }) => blocks === 'saving')
        ? 'The check shows what keeps it from being saved.'
        : null;
  return (
    <>
      {unsaved.restored !== null && (
        <div className="at-note at-warn" role="status">
          <p>
            This is your text from <Ago at={unsaved.restored} />, which was not saved.
          </p>
          <Button onClick={unsaved.discard}>Discard it, begin with version {base.version}</Button>
        </div>
      )}
      <div className="at-prompt-editor">
        <Card title="Text">
          <textarea
            className="at-mono at-prompt-source"
            aria-label="Text of the prompt"
            spellCheck={false}
            value={text}
            onChange={(event) => unsaved.set({ text: event.target.value, note })}
          />
          <p className="at-hint">
            Front matter between “---” lines, then Markdown. Kept in this browser until it is saved.
          </p>
        </Card>
        <Card>
          <Tabs
            label="Beside the text"
            tabs={[
              { key: 'check', label: 'Check' },
              { key: 'preview', label: 'Preview' },
              { key: 'changes', label: 'Changes' },
            ]}
            value={view}
            onChange={setView}
          />
          {view === 'check' && <CheckList check={check} />}
          {view === 'preview' && <Markdown text={bodyOf(text)} />}
          {view === 'changes' && <WordDiff before={before} after={text} />}
        </Card>
      </div>
      <div className="at-save-bar">
        <span className="at-soft at-grow" role="status">
          {cannotSave ?? 'You see what changed, and say why, before it is saved.'}
        </span>
        {text !== before && <Button onClick={unsaved.discard}>Undo all</Button>}
        <Button look="primary" disabled={cannotSave !== null} onClick={() => setSaving(true)}>
          Save as a draft …
        </Button>
      </div>
      {saving && (
        <Saving
          {...{ profile, base, before, text, note }}
          setNote={(next) => unsaved.set({ text, note: next })}
          onClose={() => setSaving(false)}
          onSaved={(made) => {
            unsaved.forget();
            onSaved(made);
          }}
        />
      )}
    </>
  );
}

function Saving({
  profile,
  base,
  before,
  text,
  note,
  setNote,
  onClose,
  onSaved,
}: EditorProps & {
  before: string;
  text: string;
  note: string;
  setNote: (note: string) => void;
  onClose: () => void;
}): React.JSX.Element {
  const [wrong, setWrong] = useState(false);
  const save = useAction(async () => {
    const made = await call<PromptView>('POST', '/prompts', {
      profile: profile.profile,
      content: text,
      note: note.trim(),
      basedOnId: base.id,
    });
    onSaved(made);
  });
  useEffect(() => {
    if (note.trim() !== '') setWrong(false);
  }, [note]);
  return (
    <Dialog title="Save as a draft" wide onClose={onClose}>
      <form
        className="at-stack at-saving"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() === '') setWrong(true);
          else void save.run();
        }}
      >
        <p>
          It becomes a new version that never changes. No mission uses it before somebody activates it or
          starts a canary.
        </p>
        <Diff before={before} after={text} label={`Changes from version ${base.version}`} />
        <Field label="What is new in it, and why" name="note" error={save.error}>
          <textarea
            rows={3}
            maxLength={2000}
            value={note}
            aria-invalid={wrong}
            placeholder="Such as: shorter requirements, as reviewers asked for"
            onChange={(event) => setNote(event.target.value)}
          />
        </Field>
        {wrong && (
          <p className="at-problem" role="alert">
            Say what is new: others decide by it.
          </p>
        )}
        {save.error && <ErrorNote error={save.error} />}
        <div className="at-actions">
          <Button type="submit" look="primary" busy={save.busy}>
            Save the draft
          </Button>
          <Button onClick={onClose}>Go on writing</Button>
        </div>
      </form>
    </Dialog>
  );
}
