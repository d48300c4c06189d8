import React, { useEffect, useRef, useState, type FormEvent } from 'react';
import type { MessageView } from '../../../src/http/presenters/message.js';
import { call, useAction, useList } from '../../components/api.js';
import { Ago } from '../../components/format.js';
import { Button, Card, Empty, ErrorNote, Field, Loading, More } from '../../components/kit.js';
import { Markdown } from '../../components/markdown.js';
import type { TabProps } from './kinds.js';
import { useFresh } from './live.js';
import { Writing } from './writing.js';

const WHO: Readonly<Record<string, string>> = {
  user: 'You',
  assistant: 'Atelier',
  system: 'Note',
  contact: 'Contact',
};

/** The messages of a session, and, where it takes some, a field for the next. */
export function Talk({ session, live, view, mayAct }: TabProps): React.JSX.Element {
  const messages = useList<MessageView>(`/sessions/${session.sessionId}/messages?limit=200`);
  useFresh(messages, live.version);
  const open = view.talks.includes(session.status);
  const takes = view.talks.length > 0;
  return (
    <>
      <Card>
        {messages.error && <ErrorNote error={messages.error} retry={messages.reload} />}
        {messages.loading && <Loading />}
        {!messages.loading && !messages.error && messages.items.length === 0 && (
          <Empty title={takes ? 'Nothing has been said yet' : 'No messages'}>
            <p>
              {takes
                ? 'Say below what you have in mind.'
                : 'The agents of a mission leave their words in its documents: see Files.'}
            </p>
          </Empty>
        )}
        <ol className="at-talk" aria-label="Messages">
          {messages.items.map((message) => (
            <li key={message.id} className={`at-turn at-turn-${message.role}`}>
              <p className="at-soft">
                {WHO[message.role] ?? message.role} · <Ago at={message.createdAt} />
              </p>
              <Markdown text={message.content} />
            </li>
          ))}
        </ol>
        <More more={messages.more} />
      </Card>
      <Writing live={live} />
      {takes && mayAct && (
        <Card>
          {open ? (
            <Say sessionId={session.sessionId} said={messages.reload} />
          ) : (
            <p className="at-soft">
              The session is “{session.status.replaceAll('_', ' ')}” and takes no more messages.
            </p>
          )}
        </Card>
      )}
    </>
  );
}

function Say({ sessionId, said }: { sessionId: string; said: () => void }): React.JSX.Element {
  const [text, setText] = useState('');
  const key = useRef(crypto.randomUUID());
  useEffect(() => {
    key.current = crypto.randomUUID();
  }, [text]);
  const say = useAction(async () => {
    await call('POST', `/sessions/${sessionId}/messages`, { content: text }, { idempotencyKey: key.current });
    setText('');
    said();
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void say.run();
  };
  return (
    <form className="at-form" onSubmit={send}>
      <Field label="Your message" name="content" error={say.error} help="Ctrl + Enter sends it.">
        <textarea
          value={text}
          maxLength={100_000}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void say.run();
          }}
        />
      </Field>
      {say.error && <ErrorNote error={say.error} />}
      <div className="at-actions">
        <Button type="submit" look="primary" busy={say.busy} disabled={text.trim() === ''}>
          Send
        </Button>
      </div>
    </form>
  );
}
