import React, { useState } from 'react';
import type { ModelCallView, OpenedCallView } from '../../src/http/presenters/model-call.js';
import { useApi, ApiProblem, type Loaded } from './api.js';
import { Badge } from './badge.js';
import { count, duration, money } from './format.js';
import { Button, Card, Empty, ErrorNote, Loading } from './kit.js';

const OUTCOMES: Readonly<Record<ModelCallView['outcome'], string>> = {
  reserved: 'under way',
  settled: 'answered',
  released: 'not billed',
  presumed: 'outcome unknown, counted in full',
};

/** Every try of an execution's model calls, each with the messages as they were sent and the reply. */
export function Calls({ executionId }: { executionId: number }): React.JSX.Element {
  const calls = useApi<ModelCallView[]>(`/executions/${executionId}/calls`);
  const [opened, setOpened] = useState<number>();
  if (calls.error) return <NotThere of={calls} />;
  if (calls.data === undefined) return <Loading what="Looking for the calls" />;
  if (calls.data.length === 0)
    return (
      <Empty title="No model was asked">
        <p>This step was done without one, or stopped before it came to that.</p>
      </Empty>
    );
  const shown = opened ?? calls.data.at(-1)?.number ?? 1;
  return (
    <>
      <div className="at-row" role="group" aria-label="Calls">
        {calls.data.map((call) => (
          <Button
            key={call.number}
            look={call.number === shown ? 'primary' : 'plain'}
            aria-pressed={call.number === shown}
            onClick={() => setOpened(call.number)}
          >
            Call {call.number}
            {call.error !== null && ' (failed)'}
          </Button>
        ))}
      </div>
      <OpenCall executionId={executionId} number={shown} />
    </>
  );
}

function OpenCall({ executionId, number }: { executionId: number; number: number }): React.JSX.Element {
  const call = useApi<OpenedCallView>(`/executions/${executionId}/calls/${number}`);
  if (call.error) return <NotThere of={call} />;
  if (call.data === undefined) return <Loading what="Opening" />;
  const { data } = call;
  const seconds =
    data.endedAt === null ? null : (Date.parse(data.endedAt) - Date.parse(data.startedAt)) / 1000;
  return (
    <div className="at-stack at-opened">
      <p className="at-row">
        <Badge
          status={data.error === null ? data.outcome : 'failed'}
          label={data.error === null ? OUTCOMES[data.outcome] : 'failed'}
        />
        <span className="at-soft">
          {data.model} · {count(data.inputTokens ?? 0)} in
          {(data.cachedTokens ?? 0) > 0 && ` (${count(data.cachedTokens ?? 0)} cached)`},{' '}
          {count(data.outputTokens ?? 0)} out · {money(data.costUsd)}
          {seconds !== null && ` · ${duration(seconds)}`}
          {data.replayed && ' · taken over from an earlier try of this step, without paying again'}
        </span>
      </p>
      {data.error !== null && <p className="at-note at-bad">{data.error}</p>}
      {data.messages === null ? (
        <p className="at-note">
          {data.prunedAt === null
            ? 'What was sent is not kept for this call.'
            : 'What was sent and answered is no longer kept: the time set for that is over.'}
        </p>
      ) : (
        data.messages.map((message, at) => <Said key={at} who={message.role} content={message.content} />)
      )}
      {data.reply && <Said who="reply" content={data.reply.text} />}
    </div>
  );
}

function Said({
  who,
  content,
}: {
  who: string;
  content: string | { text: string; cache: boolean }[];
}): React.JSX.Element {
  const blocks = typeof content === 'string' ? [{ text: content, cache: false }] : content;
  return (
    <Card title={who.slice(0, 1).toUpperCase() + who.slice(1)}>
      {blocks.map(({ text, cache }, at) => (
        <div key={at}>
          {cache && <p className="at-hint">Kept in the provider’s cache:</p>}
          <pre className="at-pre" tabIndex={0}>
            {text}
          </pre>
        </div>
      ))}
    </Card>
  );
}

function NotThere({ of }: { of: Loaded<unknown> }): React.JSX.Element | null {
  if (of.error instanceof ApiProblem && of.error.status === 404)
    return (
      <Empty title="Not there">
        <p>What the model saw is not kept for this step.</p>
      </Empty>
    );
  return of.error ? <ErrorNote error={of.error} retry={of.reload} /> : null;
}
