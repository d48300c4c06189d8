import React, { useState } from 'react';
import type { PromptDiffView } from '../../../src/http/presenters/prompt-history.js';
import type { PromptVersionView, PromptView } from '../../../src/http/presenters/prompt.js';
import { useApi } from '../../components/api.js';
import { Diff } from '../../components/diff.js';
import { Button, Card, Empty, Show, Tabs } from '../../components/kit.js';
import type { Part } from './part.js';

/** What a version changed against another one: by words or lines, its variables, its model settings. */
export function Changes({
  profile,
  version,
  against,
  go,
}: Part & { against: number | null }): React.JSX.Element {
  const [view, setView] = useState<'words' | 'lines'>('words');
  const others = profile.versions.filter(({ id }) => id !== version.id);
  const fallback = version.isActive ? version.basedOnId : profile.activeVersionId;
  const other = others.find(({ id }) => id === (against ?? fallback)) ?? others[0];
  const diff = useApi<PromptDiffView>(other ? `/prompts/${other.id}/diff/${version.id}` : null);
  if (!other)
    return (
      <Card>
        <Empty title="There is no other version">
          <p>Write a draft, and what it changes is shown here.</p>
        </Empty>
      </Card>
    );
  return (
    <Card
      title={`From version ${other.version} to version ${version.version}`}
      actions={
        <label className="at-row at-prompt-against">
          <span className="at-soft">Compare with</span>
          <select value={other.id} onChange={(event) => go({ against: event.target.value }, true)}>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                version {one.version} ({one.state})
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Tabs
        label="How changes are shown"
        tabs={[
          { key: 'words', label: 'By words' },
          { key: 'lines', label: 'By lines' },
        ]}
        value={view}
        onChange={setView}
      />
      <Show of={diff} what="Comparing">
        {(found) => (
          <div className="at-stack">
            <Beside diff={found} unknown={[other, version].filter(unrecorded)} />
            {view === 'words' ? <Words parts={found.parts} /> : <Lines from={other.id} to={version.id} />}
          </div>
        )}
      </Show>
    </Card>
  );
}

const unrecorded = ({ modelSettings }: PromptVersionView): boolean => Object.keys(modelSettings).length === 0;

/** Variables and model settings that changed. */
function Beside({
  diff: { variables, modelSettings: all },
  unknown,
}: {
  diff: PromptDiffView;
  /** Those of the two whose model settings nobody wrote down: nothing can be said of a change. */
  unknown: readonly PromptVersionView[];
}): React.JSX.Element {
  const modelSettings = unknown.length > 0 ? [] : all;
  const said = (value: string | number | null): string => (value === null ? 'not set' : String(value));
  if (variables.added.length + variables.removed.length + modelSettings.length === 0)
    return (
      <p className="at-soft">
        {unknown[0]
          ? `Variables are the same; with which model settings version ${unknown[0].version} was written is not recorded.`
          : 'Variables and model settings are the same.'}
      </p>
    );
  return (
    <ul className="at-changed">
      {variables.added.map((name) => (
        <li key={`+${name}`}>
          New variable <ins>{`{{${name}}}`}</ins>
        </li>
      ))}
      {variables.removed.map((name) => (
        <li key={`-${name}`}>
          Variable gone: <del>{`{{${name}}}`}</del>
        </li>
      ))}
      {modelSettings.map(({ setting, before, after }) => (
        <li key={setting}>
          <code>{setting}</code>: <del>{said(before)}</del> → <ins>{said(after)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** Unchanged stretches longer than this many lines are folded down to their ends. */
const LONG = 8;
const ENDS = 2;

function Words({ parts }: { parts: PromptDiffView['parts'] }): React.JSX.Element {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  if (parts.every(({ type }) => type === 'same')) return <p className="at-soft">The text is the same.</p>;
  return (
    <div className="at-words" role="region" aria-label="Changes by words" tabIndex={0}>
      {parts.map(({ type, text }, at) => {
        if (type === 'added') return <ins key={at}>{text}</ins>;
        if (type === 'removed') return <del key={at}>{text}</del>;
        const lines = text.split('\n');
        if (open.has(at) || lines.length <= LONG) return <span key={at}>{text}</span>;
        const head = at === 0 ? 0 : ENDS;
        const tail = at === parts.length - 1 ? 0 : ENDS;
        return (
          <span key={at}>
            {head > 0 && `${lines.slice(0, head).join('\n')}\n`}
            <Button look="quiet" onClick={() => setOpen(new Set([...open, at]))}>
              {lines.length - head - tail} unchanged lines
            </Button>
            {tail > 0 && `\n${lines.slice(-tail).join('\n')}`}
          </span>
        );
      })}
    </div>
  );
}

function Lines({ from, to }: { from: number; to: number }): React.JSX.Element {
  const before = useApi<PromptView>(`/prompts/${from}`);
  const after = useApi<PromptView>(`/prompts/${to}`);
  return (
    <Show of={before}>
      {(old) => (
        <Show of={after}>
          {(now) => <Diff before={old.content} after={now.content} label="Changes by lines" />}
        </Show>
      )}
    </Show>
  );
}
