import React, { useState } from 'react';
import type { ArtifactView } from '../../../src/http/presenters/artifact.js';
import { useText } from '../../components/api.js';
import { Diff } from '../../components/diff.js';
import { Ago, count } from '../../components/format.js';
import { Card, ErrorNote, Loading, Tabs } from '../../components/kit.js';
import { Code, Markdown } from '../../components/markdown.js';

type Look = 'read' | 'raw' | 'changes';

/** Beyond this a file is offered for download alone: no page is read that long. */
const MAX_SHOWN = 2_000_000;

/** One file: any of its versions, rendered, as it is, or compared with another version. */
export function Artifact({ versions }: { versions: readonly ArtifactView[] }): React.JSX.Element | null {
  const [id, setId] = useState<number>();
  const shown = versions.find((one) => one.id === id) ?? versions[0];
  const earlier = versions.filter(({ version }) => version < (shown?.version ?? 0));
  const [against, setAgainst] = useState<number>();
  const base = earlier.find((one) => one.id === against) ?? earlier[0];
  const [look, setLook] = useState<Look>('read');
  const tooLong = (shown?.sizeBytes ?? 0) > MAX_SHOWN;
  const text = useText(shown && !tooLong ? `/artifacts/${shown.id}/content` : null);
  const view = look === 'changes' && !base ? 'read' : look;
  if (!shown) return null;
  const name = shown.path.split('/').at(-1) ?? 'file';
  return (
    <Card
      id="at-artifact"
      title={<span className="at-mono at-path">{shown.path}</span>}
      actions={
        <>
          <label className="at-inline">
            <span className="at-hidden">Version</span>
            <select value={shown.id} onChange={(event) => setId(Number(event.target.value))}>
              {versions.map((one, at) => (
                <option key={one.id} value={one.id}>
                  Version {one.version}
                  {at === 0 ? ' (newest)' : ''}
                </option>
              ))}
            </select>
          </label>
          <a className="at-button" href={`/api/v1/artifacts/${shown.id}/content`} download={name}>
            Download
          </a>
        </>
      }
    >
      <p className="at-soft at-file-facts">
        {count(shown.sizeBytes ?? 0)} bytes · made <Ago at={shown.createdAt} />
        {typeof shown.metadata['iteration'] === 'number' && shown.metadata['iteration'] > 0 && (
          <> · attempt {shown.metadata['iteration']}</>
        )}
        {shown.metadata['editedBy'] !== undefined && <> · edited by a person</>}
      </p>
      <Tabs
        label="How to show it"
        value={view}
        onChange={setLook}
        tabs={[
          { key: 'read', label: isMarkdown(shown.path) ? 'Rendered' : 'Code' },
          { key: 'raw', label: 'Raw' },
          ...(base ? [{ key: 'changes' as const, label: 'Changes' }] : []),
        ]}
      />
      {tooLong && <p className="at-note">This file is too long to be shown. Download it instead.</p>}
      {text.error && <ErrorNote error={text.error} retry={text.reload} />}
      {text.loading && <Loading />}
      {text.data !== undefined && view === 'read' && <Read path={shown.path} text={text.data} />}
      {text.data !== undefined && view === 'raw' && (
        <pre className="at-pre" tabIndex={0} aria-label={shown.path}>
          {text.data}
        </pre>
      )}
      {text.data !== undefined && view === 'changes' && base && (
        <>
          {earlier.length > 1 && (
            <label className="at-inline at-against">
              <span>Compared with</span>
              <select value={base.id} onChange={(event) => setAgainst(Number(event.target.value))}>
                {earlier.map((one) => (
                  <option key={one.id} value={one.id}>
                    Version {one.version}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Changes base={base} shown={shown} after={text.data} />
        </>
      )}
    </Card>
  );
}

function Changes({
  base,
  shown,
  after,
}: {
  base: ArtifactView;
  shown: ArtifactView;
  after: string;
}): React.JSX.Element {
  const before = useText(`/artifacts/${base.id}/content`);
  if (before.error) return <ErrorNote error={before.error} retry={before.reload} />;
  if (before.data === undefined) return <Loading />;
  return (
    <Diff
      before={before.data}
      after={after}
      label={`${shown.path}, from version ${base.version} to ${shown.version}`}
    />
  );
}

function Read({ path, text }: { path: string; text: string }): React.JSX.Element {
  if (text.includes('\u0000')) return <p className="at-note">This is no text. Download it instead.</p>;
  if (text === '') return <p className="at-soft">The file is empty.</p>;
  return isMarkdown(path) ? (
    <div className="at-doc-tables">
      <Markdown text={text} />
    </div>
  ) : (
    <Code text={text} path={path} />
  );
}

const isMarkdown = (path: string): boolean => /\.(md|markdown)$/i.test(path);
