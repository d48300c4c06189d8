import React, { useMemo } from 'react';
import { useText } from '../../components/api.js';
import { Diff } from '../../components/diff.js';
import { Show, Tabs } from '../../components/kit.js';
import { blocksOf } from '../../components/markdown.js';
import { SideBySide } from '../../components/side-by-side.js';
import { RawLines, Reading, type Remarks } from './reading.js';
import { Thread } from './threads.js';
import { documentName, isMarkdown, type Shown, type Version } from './words.js';

export type Mode = 'read' | 'changes' | 'sides' | 'raw';

/** One document of a gate: to be read, to be remarked on, and compared with the version before it. */
export function Document({
  shown,
  before,
  beforeLabel,
  mode,
  setMode,
  remarks,
}: {
  shown: Shown;
  /** What it is compared with; null for a first version. */
  before: Version | null;
  beforeLabel: string;
  mode: Mode;
  setMode: (mode: Mode) => void;
  remarks: Remarks;
}): React.JSX.Element {
  const now = useText(`/artifacts/${shown.id}/content`);
  const old = useText(before === null ? null : `/artifacts/${before.id}/content`);
  const compares = before !== null;
  const modes: { key: Mode; label: string }[] = [
    { key: 'read', label: 'Read' },
    ...(compares
      ? [
          { key: 'changes' as const, label: 'Changes' },
          { key: 'sides' as const, label: 'Side by side' },
        ]
      : []),
    ...(isMarkdown(shown.path) ? [{ key: 'raw' as const, label: 'Lines' }] : []),
  ];
  const current = modes.some(({ key }) => key === mode) ? mode : 'read';
  const outdated = remarks.threads.filter((thread) => thread.outdated);
  const labels = [`${beforeLabel} (version ${before?.version ?? ''})`, `Version ${shown.version}`] as const;
  return (
    <div>
      <div className="at-modes">
        <Tabs
          tabs={modes}
          value={current}
          onChange={setMode}
          label={`How to show the ${documentName(shown)}`}
        />
        <span className="at-soft at-mono" title={shown.sha256}>
          {shown.path} · v{shown.version}
        </span>
      </div>
      <Show of={now} what={`Loading the ${documentName(shown)}`}>
        {(text) =>
          text.includes('\0') ? (
            <p>
              This file is not text.{' '}
              <a href={`/api/v1/artifacts/${shown.id}/content`} download>
                Download it
              </a>{' '}
              to look at it.
            </p>
          ) : current === 'changes' || current === 'sides' ? (
            <Show of={old} what="Loading the version before">
              {(was) =>
                current === 'changes' ? (
                  <Diff before={was} after={text} label={`Changes of the ${documentName(shown)}`} />
                ) : (
                  <SideBySide before={was} after={text} titles={labels} />
                )
              }
            </Show>
          ) : current === 'read' && isMarkdown(shown.path) ? (
            text.trim() === '' ? (
              <p className="at-soft">This document is empty.</p>
            ) : (
              <>
                {compares && (
                  <p className="at-soft at-fresh-note">
                    A green line marks what is new since {beforeLabel.toLowerCase()}.
                  </p>
                )}
                <Reading text={text} before={old.data} remarks={remarks} />
              </>
            )
          ) : (
            <RawLines text={text} before={old.data} remarks={remarks} />
          )
        }
      </Show>
      {outdated.length > 0 && (
        <section className="at-outdated">
          <h2>On lines that are gone</h2>
          <p className="at-soft">These comments were about lines that this version does not have any more.</p>
          {outdated.map((thread) => (
            <Thread key={thread.id} thread={thread} ownerId={remarks.ownerId} changed={remarks.changed} />
          ))}
        </section>
      )}
    </div>
  );
}

/** The headings of a document, to go to them. */
export function Outline({
  shown,
  go,
}: {
  shown: Shown;
  go: (line: number) => void;
}): React.JSX.Element | null {
  const { data } = useText(`/artifacts/${shown.id}/content`);
  const headings = useMemo(() => (data === undefined ? [] : headingsOf(data)), [data]);
  if (!isMarkdown(shown.path) || headings.length < 2) return null;
  return (
    <nav aria-label={`Headings of the ${documentName(shown)}`} className="at-outline">
      <ul>
        {headings.map(({ line, level, text }) => (
          <li key={line} className={`at-level-${level}`}>
            <button type="button" onClick={() => go(line)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function headingsOf(text: string): { line: number; level: number; text: string }[] {
  const found: { line: number; level: number; text: string }[] = [];
  for (const { html, from } of blocksOf(text)) {
    const level = Number(/^<h([1-3])/.exec(html)?.[1] ?? 0);
    if (level === 0) continue;
    // Parsed apart from the page, so that nothing in it can act.
    const said = new DOMParser().parseFromString(html, 'text/html').body.textContent?.trim() ?? '';
    if (said !== '') found.push({ line: from, level, text: said });
  }
  return found;
}
