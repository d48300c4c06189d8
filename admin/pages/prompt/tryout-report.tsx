import React, { useEffect, useRef, useState } from 'react';
import type { PromptProfileView } from '../../../src/http/presenters/prompt.js';
import type { TryoutReportView, TryoutView } from '../../../src/http/presenters/prompt-tryout.js';
import { call, useAction, useApi } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { WordDiff } from '../../components/diff.js';
import { count, duration, money } from '../../components/format.js';
import { Button, Card, ConfirmButton, Show } from '../../components/kit.js';
import { versionName } from '../../components/prompt-state.js';

const EVERY = 1500;

/** A tryout as far as it is: both sides added up, and each pair of answers. */
export function TryoutReport({
  id,
  profile,
  onEnded,
}: {
  id: string;
  profile: PromptProfileView;
  onEnded: () => void;
}): React.JSX.Element {
  const [over, setOver] = useState(false);
  const tryout = useApi<TryoutReportView>(
    `/prompts/tryouts/${encodeURIComponent(id)}`,
    over ? undefined : EVERY,
  );
  const status = tryout.data?.status;
  const ended = useRef(onEnded);
  ended.current = onEnded;
  useEffect(() => {
    if (status === undefined || status === 'running') return;
    setOver(true);
    ended.current();
  }, [status]);
  const cancel = useAction(async () => {
    await call<TryoutView>('POST', `/prompts/tryouts/${encodeURIComponent(id)}/cancel`, {});
    tryout.reload();
  });
  return (
    <Card
      title={<span className="at-row">Tryout {status && <Badge status={status} />}</span>}
      actions={
        status === 'running' && (
          <ConfirmButton
            label="Stop it"
            look="danger"
            question="Calls that have not begun are left out. Those under way are broken off, and paid for as far as they came."
            action={cancel}
          />
        )
      }
    >
      <Show of={tryout} what="Loading the tryout">
        {(found) => (
          <div className="at-stack">
            <div>
              <progress
                aria-label="Calls that have ended"
                value={found.progress.done}
                max={Math.max(1, found.progress.total)}
              />
              <p className="at-soft" role="status">
                {found.progress.done} of {found.progress.total} calls have ended
                {found.status === 'running' && found.progress.done === 0 && '; workers take them up in turn'}
                {found.status === 'cancelled' && '; it was stopped'}
              </p>
            </div>
            <Totals tryout={found} profile={profile} />
            {found.inputs.map((input) => (
              <Pair key={input.position} input={input} tryout={found} profile={profile} />
            ))}
          </div>
        )}
      </Show>
    </Card>
  );
}

function Totals({
  tryout,
  profile,
}: {
  tryout: TryoutReportView;
  profile: PromptProfileView;
}): React.JSX.Element {
  const { draft, active } = tryout.totals;
  const rows: [string, string, string, string][] = [
    [
      'Valid answers',
      `${draft.valid} of ${draft.done}`,
      `${active.valid} of ${active.done}`,
      signed(draft.valid - active.valid, String),
    ],
    [
      'Failed calls',
      String(draft.failed),
      String(active.failed),
      signed(draft.failed - active.failed, String),
    ],
    [
      'Tokens in',
      count(draft.inputTokens),
      count(active.inputTokens),
      signed(draft.inputTokens - active.inputTokens, count),
    ],
    [
      'Tokens out',
      count(draft.outputTokens),
      count(active.outputTokens),
      signed(draft.outputTokens - active.outputTokens, count),
    ],
    ['Cost', priced(draft), priced(active), signed(draft.costUsd - active.costUsd, money)],
    ['Time', ms(draft.durationMs), ms(active.durationMs), signed(draft.durationMs - active.durationMs, ms)],
  ];
  return (
    <table className="at-table at-totals">
      <thead>
        <tr>
          <th scope="col">
            <span className="at-hidden">What</span>
          </th>
          <th scope="col">{versionName(profile, tryout.draftVersionId)}</th>
          <th scope="col">{versionName(profile, tryout.activeVersionId)} (active)</th>
          <th scope="col">Difference</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...values]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, at) => (
              <td key={at}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Side = TryoutReportView['inputs'][number]['draft'];

function Pair({
  input,
  tryout,
  profile,
}: {
  input: TryoutReportView['inputs'][number];
  tryout: TryoutReportView;
  profile: PromptProfileView;
}): React.JSX.Element {
  const [compare, setCompare] = useState(false);
  const both = input.draft.output !== null && input.active.output !== null;
  return (
    <section className="at-tried" aria-label={`Input ${input.position + 1}`}>
      <header className="at-card-head">
        <h3>
          Input {input.position + 1}
          {input.executionId !== null && <span className="at-soft"> · execution {input.executionId}</span>}
        </h3>
        {both && (
          <Button look="quiet" aria-pressed={compare} onClick={() => setCompare(!compare)}>
            {compare ? 'Side by side' : 'What differs'}
          </Button>
        )}
      </header>
      {compare && both ? (
        <WordDiff before={plain(input.active.output ?? '')} after={plain(input.draft.output ?? '')} />
      ) : (
        <div className="at-answers">
          <Answer side={input.draft} name={versionName(profile, tryout.draftVersionId)} />
          <Answer side={input.active} name={`${versionName(profile, tryout.activeVersionId)}, active then`} />
        </div>
      )}
    </section>
  );
}

function Answer({ side, name }: { side: Side; name: string }): React.JSX.Element {
  const { status, isValid, problem, output } = side;
  return (
    <div className="at-answer">
      <p className="at-row">
        <strong>{name}</strong>
        {status === 'completed' ? (
          <Badge status={isValid ? 'complete' : 'error'} label={isValid ? 'valid' : 'not valid'} />
        ) : (
          <Badge status={status} />
        )}
      </p>
      {status === 'completed' && (
        <p className="at-soft">
          {count(side.inputTokens ?? 0)} tokens in, {count(side.outputTokens ?? 0)} out ·{' '}
          {money(side.costUsd)} · {ms(side.durationMs ?? 0)}
          {side.model !== null && ` · ${side.model}`}
        </p>
      )}
      {problem !== null && <p className="at-problem">{problem}</p>}
      {output !== null && (
        <pre className="at-pre" tabIndex={0} aria-label={`Answer of ${name}`}>
          {plain(output)}
        </pre>
      )}
    </div>
  );
}

/** An answer for reading: the fields of an object one below the other, with their line breaks. */
function plain(output: string): string {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return output;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return output;
  return Object.entries(value)
    .map(([key, one]) => `${key}:\n${typeof one === 'string' ? one : JSON.stringify(one, null, 2)}`)
    .join('\n\n');
}

const ms = (value: number): string => duration(value / 1000);

function signed(value: number, words: (value: number) => string): string {
  if (value === 0) return 'none';
  return `${value > 0 ? '+' : '−'}${words(Math.abs(value))}`;
}

function priced({ costUsd, unpricedCalls }: TryoutReportView['totals']['draft']): string {
  return unpricedCalls === 0 ? money(costUsd) : `${money(costUsd)}, and ${unpricedCalls} without a price`;
}
