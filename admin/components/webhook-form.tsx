import React, { useState } from 'react';
import type { NotificationEvent } from '../../src/core/vocabulary.js';
import type { NewWebhookView, WebhookView } from '../../src/http/presenters/webhook.js';
import { call, useAction } from './api.js';
import { Button, Dialog, ErrorNote, Field } from './kit.js';

/** What people and webhooks are told of, in words. */
export const EVENT_NAMES: Readonly<Record<NotificationEvent, string>> = {
  approval_needed: 'a gate waits',
  reminder: 'a gate waits for long',
  failed: 'a mission failed',
  needs_attention: 'a mission needs attention',
  budget_reached: 'a budget is reached',
};
export const EVENTS = Object.keys(EVENT_NAMES) as NotificationEvent[];

/** Adds a webhook, or changes the one given. */
export function WebhookForm({
  webhook,
  onClose,
  onMade,
}: {
  webhook?: WebhookView;
  onClose: () => void;
  /** With the secret, when it is a new one. */
  onMade: (made: NewWebhookView | undefined) => void;
}): React.JSX.Element {
  const [wish, setWish] = useState({
    name: webhook?.name ?? '',
    url: webhook?.url ?? '',
    kind: webhook?.kind ?? 'generic',
    events: webhook?.events ?? [],
  });
  const save = useAction(async () => {
    const { kind, ...changes } = wish;
    if (webhook) {
      await call('PATCH', `/webhooks/${webhook.id}`, changes);
      onMade(undefined);
    } else onMade(await call<NewWebhookView>('POST', '/webhooks', { ...changes, kind }));
  });
  return (
    <Dialog title={webhook ? `Change ${webhook.name}` : 'Add a webhook'} onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {save.error && <ErrorNote error={save.error} />}
        <Field label="Name" name="name" error={save.error}>
          <input
            value={wish.name}
            maxLength={255}
            required
            onChange={(event) => setWish({ ...wish, name: event.target.value })}
          />
        </Field>
        <Field label="Address" name="url" error={save.error} help="It must be reachable from this server.">
          <input
            type="url"
            value={wish.url}
            required
            placeholder="https://"
            onChange={(event) => setWish({ ...wish, url: event.target.value })}
          />
        </Field>
        {!webhook && (
          <Field label="What it takes" name="kind" error={save.error}>
            <select
              value={wish.kind}
              onChange={(event) =>
                setWish({ ...wish, kind: event.target.value === 'chat' ? 'chat' : 'generic' })
              }
            >
              <option value="generic">Signed JSON, for a service of your own</option>
              <option value="chat">A text, for Slack and chats like it</option>
            </select>
          </Field>
        )}
        <fieldset className="at-stack">
          <legend className="at-label">It is told when</legend>
          {EVENTS.map((event) => (
            <label key={event} className="at-check">
              <input
                type="checkbox"
                checked={wish.events.includes(event)}
                onChange={() =>
                  setWish({
                    ...wish,
                    events: wish.events.includes(event)
                      ? wish.events.filter((one) => one !== event)
                      : [...wish.events, event],
                  })
                }
              />
              {EVENT_NAMES[event]}
            </label>
          ))}
          <span className="at-hint">None chosen: everything.</span>
        </fieldset>
        <div className="at-actions">
          <Button type="submit" look="primary" busy={save.busy}>
            {webhook ? 'Save' : 'Add'}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
