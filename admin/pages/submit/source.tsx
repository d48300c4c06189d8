import React from 'react';
import type { ImportedSourceView } from '../../../src/http/presenters/source.js';
import { sendFile, useAction } from '../../components/api.js';
import { Button, ErrorNote, Field } from '../../components/kit.js';
import type { Wish } from './wish.js';

const CHOICES: readonly { value: Wish['source']; label: string; help: string }[] = [
  { value: 'none', label: 'A new project', help: 'Begins with nothing.' },
  { value: 'archive', label: 'Upload an archive', help: 'zip, tar, tar.gz or git bundle, up to 64 MiB.' },
  { value: 'git', label: 'A git repository', help: 'By its https address.' },
  { value: 'folder', label: 'A folder on the server', help: 'Below a root that the operator has allowed.' },
];

const TYPES: readonly (readonly [ending: RegExp, type: string])[] = [
  [/\.zip$/i, 'application/zip'],
  [/\.(tar\.gz|tgz)$/i, 'application/gzip'],
  [/\.tar$/i, 'application/x-tar'],
  [/\.bundle$/i, 'application/x-git-bundle'],
];
const MAX_BYTES = 64 * 1024 * 1024;

interface Part {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  error?: Error;
}

/** What the mission starts from. */
export function SourceChoice({ wish, change, error }: Part): React.JSX.Element {
  return (
    <div className="at-form">
      <fieldset className="at-choices">
        <legend className="at-hidden">What the mission starts from</legend>
        {CHOICES.map(({ value, label, help }) => (
          <label key={value} className="at-check">
            <input
              type="radio"
              name="source"
              value={value}
              checked={wish.source === value}
              onChange={() => change({ source: value })}
            />
            <span>
              {label}
              <br />
              <span className="at-hint">{help}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {wish.source === 'archive' && <Archive wish={wish} change={change} error={error} />}
      {wish.source === 'git' && (
        <>
          <Field label="Address" name="options.source.url" error={error}>
            <input
              value={wish.url}
              inputMode="url"
              placeholder="https://example.org/project.git"
              onChange={(event) => change({ url: event.target.value })}
            />
          </Field>
          <Field
            label="Branch, tag or commit"
            name="options.source.ref"
            error={error}
            help="Its default branch unless told."
          >
            <input value={wish.ref} onChange={(event) => change({ ref: event.target.value })} />
          </Field>
        </>
      )}
      {wish.source === 'folder' && (
        <Field label="Path on the server" name="options.source.path" error={error}>
          <input
            value={wish.path}
            placeholder="/srv/projects/shop"
            onChange={(event) => change({ path: event.target.value })}
          />
        </Field>
      )}
    </div>
  );
}

function Archive({ wish, change, error }: Part): React.JSX.Element {
  const upload = useAction(async (file: File) => {
    if (file.size > MAX_BYTES)
      throw new Error(
        `“${file.name}” has more than 64 MiB. Leave out what can be built again, or give a git address.`,
      );
    const type = TYPES.find(([ending]) => ending.test(file.name))?.[1] ?? 'application/octet-stream';
    const name = file.name.slice(0, 200);
    const made = await sendFile<ImportedSourceView>(`/sources?name=${encodeURIComponent(name)}`, file, type);
    const skipped = Object.values(made.skipped).reduce((sum, { count }) => sum + count, 0);
    change({
      sourceId: made.sourceId,
      sourceLabel:
        `${file.name}: ${made.files} ${made.files === 1 ? 'file' : 'files'}` +
        (skipped > 0 ? `, ${skipped} left out (ignored, secret, or too large)` : ''),
    });
  });
  if (wish.sourceId !== '')
    return (
      <div className="at-note at-good" role="status">
        <p>{wish.sourceLabel}</p>
        <Button onClick={() => change({ sourceId: '', sourceLabel: '' })}>Choose another</Button>
      </div>
    );
  return (
    <>
      <Field label="Archive" name="options.source" error={error}>
        <input
          type="file"
          accept=".zip,.tar,.tgz,.gz,.bundle"
          disabled={upload.busy}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void upload.run(file);
          }}
        />
      </Field>
      {upload.busy && (
        <p className="at-soft" role="status">
          The archive is being sent and looked through …
        </p>
      )}
      {upload.error && <ErrorNote error={upload.error} />}
    </>
  );
}
