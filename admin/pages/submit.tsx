import React, { useEffect, useRef, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router-dom';
import type { SessionView } from '../../src/http/presenters/session.js';
import { call, useAction } from '../components/api.js';
import { Button, Card, ErrorNote, Field, Page } from '../components/kit.js';
import { useMe } from '../components/session.js';
import { EXAMPLES } from './submit/examples.js';
import { emptyWish, readDraft, wishBody, writeDraft, type Wish } from './submit/wish.js';
import { SourceChoice } from './submit/source.js';
import { Budget, Gates } from './submit/terms.js';

/** The form that starts a mission. What is typed stays in this browser until it is sent. */
export default function Submit(): React.JSX.Element {
  const me = useMe();
  const navigate = useNavigate();
  const [wish, setWish] = useState<Wish>(() => readDraft(me.id));
  const key = useRef(crypto.randomUUID());
  useEffect(() => writeDraft(me.id, wish), [me.id, wish]);
  const change = (part: Partial<Wish>): void => {
    setWish((before) => ({ ...before, ...part }));
    // Another wish is another mission; the same one sent twice is one.
    key.current = crypto.randomUUID();
  };
  const submit = useAction(async () => {
    const made = await call<SessionView>('POST', '/sessions', wishBody(wish), {
      idempotencyKey: wish.idempotencyKey.trim() || key.current,
    });
    writeDraft(me.id, emptyWish);
    navigate(`/admin/pages/session?id=${made.sessionId}`);
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void submit.run();
  };
  const left = 100_000 - wish.mission.length;
  return (
    <Page
      title="New mission"
      back={{ to: '/admin/pages/sessions', label: 'Sessions' }}
      lead="A Product Manager and an Architect write down what it will be; you decide; then it is built and tested."
    >
      <form onSubmit={send} aria-label="New mission">
        <div className="at-cols">
          <div>
            <Card title="What is to be built?">
              <div className="at-form">
                <Field
                  label="Mission"
                  name="mission"
                  error={submit.error}
                  help={
                    left < 5000
                      ? `${left} characters left.`
                      : 'One line is enough to begin with. Say who it is for, what it must do, and what it must not.'
                  }
                >
                  <textarea
                    value={wish.mission}
                    rows={10}
                    maxLength={100_000}
                    required
                    onChange={(event) => change({ mission: event.target.value })}
                    onKeyDown={(event) => {
                      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit.run();
                    }}
                  />
                </Field>
                <div>
                  <p className="at-label">Or begin with an example</p>
                  <div className="at-examples">
                    {EXAMPLES.map(({ title, mission }) => (
                      <Button
                        key={title}
                        onClick={() => change({ mission, name: wish.name === '' ? title : wish.name })}
                      >
                        {title}
                      </Button>
                    ))}
                  </div>
                </div>
              </div>
            </Card>
            <Card title="Existing code">
              <SourceChoice wish={wish} change={change} error={submit.error} />
            </Card>
          </div>
          <div>
            <Card title="Where it belongs">
              <div className="at-form">
                <Field label="Name" name="name" error={submit.error} help="Optional; lists show it.">
                  <input
                    value={wish.name}
                    maxLength={255}
                    onChange={(event) => change({ name: event.target.value })}
                  />
                </Field>
                <Field
                  label="Project"
                  name="projectName"
                  error={submit.error}
                  help="Optional; a new name makes a new project."
                >
                  <input
                    value={wish.projectName}
                    maxLength={255}
                    onChange={(event) => change({ projectName: event.target.value })}
                  />
                </Field>
              </div>
            </Card>
            <Card title="Where it waits for a decision">
              <Gates wish={wish} change={change} error={submit.error} />
            </Card>
            <Card title="Limits">
              <Budget wish={wish} change={change} error={submit.error} />
            </Card>
          </div>
        </div>
        {submit.error && <ErrorNote error={submit.error} />}
        <div className="at-actions at-submit-bar">
          <Button type="submit" look="primary" busy={submit.busy} disabled={wish.mission.trim() === ''}>
            Start the mission
          </Button>
          <Button look="quiet" onClick={() => change(emptyWish)}>
            Empty the form
          </Button>
          <span className="at-soft">Ctrl + Enter in the mission sends it, too.</span>
        </div>
      </form>
    </Page>
  );
}
