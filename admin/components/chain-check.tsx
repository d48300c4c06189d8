import React, { useEffect, useRef, useState } from 'react';
import { useAction } from './api.js';
import { Button, Card, ErrorNote } from './kit.js';

interface Progress {
  checked: number;
  total: number;
}
interface Result extends Progress {
  firstBroken: { id: number; why: 'changed' | 'missing' | 'unlinked' } | null;
  head: { id: number; hash: string } | null;
}

const WHY = {
  changed: 'was changed after it was written',
  missing: 'does not follow the row before it: rows in between are missing',
  unlinked: 'does not seal the row that stands before it',
} as const;

/** The events of a stream, as they come. @throws Error with the server's words */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    const parts = (rest + piece.value).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const event = /^event: (.*)$/m.exec(part)?.[1] ?? '';
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

/** Checks the whole chain of the audit log on the server, and shows how far it is and what came of it. */
export function ChainCheck(): React.JSX.Element {
  const [progress, setProgress] = useState<Progress>();
  const [result, setResult] = useState<Result>();
  const abort = useRef<AbortController>();
  useEffect(() => () => abort.current?.abort(), []);
  const check = useAction(async () => {
    setResult(undefined);
    setProgress({ checked: 0, total: 0 });
    abort.current = new AbortController();
    try {
      const response = await fetch('/api/v1/audit/verify', {
        method: 'POST',
        credentials: 'same-origin',
        signal: abort.current.signal,
      });
      if (!response.ok)
        throw new Error(`The check was refused (${response.status}). Reload the page and try again.`);
      let ended = false;
      for await (const { event, data } of eventsOf(response)) {
        if (event === 'progress') setProgress(data as Progress);
        if (event === 'failed') throw new Error((data as { message: string }).message);
        if (event === 'result') {
          ended = true;
          setResult(data as Result);
        }
      }
      if (!ended) throw new Error('The check broke off before its end. Try again.');
    } finally {
      setProgress(undefined);
    }
  });
  const number = (value: number): string => value.toLocaleString();
  return (
    <Card
      title="Is the log whole?"
      actions={
        <Button onClick={() => void check.run()} busy={check.busy}>
          Verify the chain
        </Button>
      }
    >
      {check.error && <ErrorNote error={check.error} />}
      {progress && (
        <div role="status" className="at-stack">
          <progress
            aria-label="Rows checked"
            className="at-progress"
            value={progress.checked}
            max={Math.max(1, progress.total)}
          />
          <span className="at-hint">
            {number(progress.checked)} of {number(progress.total)} rows
          </span>
        </div>
      )}
      {result?.firstBroken && (
        <div className="at-note at-bad" role="alert">
          <strong>The chain is broken at row {number(result.firstBroken.id)}.</strong> It{' '}
          {WHY[result.firstBroken.why]}. What stands before it is whole. Keep a copy of the database as it is,
          and look for who had access to it.
        </div>
      )}
      {result && !result.firstBroken && (
        <div className="at-note at-good" role="status">
          <strong>All {number(result.checked)} rows are as they were written.</strong>
          {result.head && (
            <p className="at-breaks">
              To show later that none was cut off at the end, note this elsewhere: row{' '}
              {number(result.head.id)}, <code>{result.head.hash}</code>
            </p>
          )}
        </div>
      )}
      {!progress && !result && !check.error && (
        <p className="at-hint">
          Reads every row and compares it with its seal. It may take a minute per few million rows; work goes
          on meanwhile.
        </p>
      )}
    </Card>
  );
}
