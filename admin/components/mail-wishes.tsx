import React from 'react';
import type { NotificationEvent } from '../../src/core/vocabulary.js';
import { call, useAction, useApi } from './api.js';
import { Card, ErrorNote, Show } from './kit.js';
import { EVENT_NAMES, EVENTS } from './webhook-form.js';

interface Wishes {
  email: boolean;
  events: Partial<Record<NotificationEvent, boolean>>;
}

/** What a person is told of by mail. Each change is kept at once. */
export function MailWishes(): React.JSX.Element {
  const wishes = useApi<Wishes>('/me/notifications');
  const change = useAction(async (to: Partial<Wishes>) => {
    await call('PATCH', '/me/notifications', to);
    wishes.reload();
  });
  return (
    <Card title="Mail">
      {change.error && <ErrorNote error={change.error} />}
      <Show of={wishes} what="Loading your wishes">
        {({ email, events }) => (
          <div className="at-stack">
            <label className="at-check">
              <input
                type="checkbox"
                checked={email}
                disabled={change.busy}
                onChange={(event) => void change.run({ email: event.target.checked })}
              />
              Tell me by mail, where the server is set up to send it
            </label>
            {email &&
              EVENTS.map((name) => (
                <label key={name} className="at-check at-under">
                  <input
                    type="checkbox"
                    checked={events[name] ?? true}
                    disabled={change.busy}
                    onChange={(event) => void change.run({ events: { [name]: event.target.checked } })}
                  />
                  when {EVENT_NAMES[name]}
                </label>
              ))}
          </div>
        )}
      </Show>
    </Card>
  );
}
