import React, { useState } from 'react';
import type { NewWebhookView, WebhookView } from '../../src/http/presenters/webhook.js';
import { call, useAction, useApi, type ListPage } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Button, Card, ConfirmButton, Empty, Page, Show } from '../components/kit.js';
import { ShownOnce } from '../components/once.js';
import { Deliveries } from '../components/webhook-deliveries.js';
import { EVENT_NAMES, WebhookForm } from '../components/webhook-form.js';

/** Addresses that are told when something needs people. */
export default function Webhooks(): React.JSX.Element {
  const webhooks = useApi<ListPage<WebhookView>>('/webhooks');
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewWebhookView>();
  return (
    <Page
      title="Webhooks"
      lead="Addresses that are told when a gate waits, a mission fails, or a budget is reached."
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          Add a webhook
        </Button>
      }
    >
      <Show of={webhooks} what="Loading the webhooks">
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title="There are no webhooks">
                Add one to tell a chat or a service of your own what happens here.
              </Empty>
            </Card>
          ) : (
            items.map((one) => <Hook key={one.id} hook={one} reload={webhooks.reload} />)
          )
        }
      </Show>
      {adding && (
        <WebhookForm
          onClose={() => setAdding(false)}
          onMade={(done) => {
            setAdding(false);
            setMade(done);
            webhooks.reload();
          }}
        />
      )}
      {made && (
        <ShownOnce
          title={`The secret of “${made.webhook.name}”`}
          secret={made.secret}
          onClose={() => setMade(undefined)}
        >
          {made.webhook.kind === 'chat'
            ? 'A chat does not need it. Keep it in case you change to signed messages.'
            : 'With it the receiver checks that a message is from here: each is signed (HMAC with SHA-256).'}
        </ShownOnce>
      )}
    </Page>
  );
}

function Hook({ hook, reload }: { hook: WebhookView; reload: () => void }): React.JSX.Element {
  const [changing, setChanging] = useState(false);
  const [open, setOpen] = useState(false);
  const [round, setRound] = useState(0);
  const path = `/webhooks/${hook.id}`;
  const toggle = useAction(async () => {
    await call('PATCH', path, { isActive: !hook.isActive });
    reload();
  });
  const remove = useAction(async () => {
    await call('DELETE', path);
    reload();
  });
  const trial = useAction(async () => {
    await call('POST', `${path}/test`);
    setOpen(true);
    setRound((one) => one + 1);
  });
  return (
    <Card
      title={
        <>
          {hook.name} {hook.isActive ? <Badge status="active" /> : <Badge status="off" tone="idle" />}
        </>
      }
      actions={
        <>
          <Button onClick={() => void trial.run()} busy={trial.busy}>
            Send a trial
          </Button>
          <Button onClick={() => setChanging(true)} aria-label={`Change ${hook.name}`}>
            Change
          </Button>
          <Button onClick={() => void toggle.run()} busy={toggle.busy}>
            {hook.isActive ? 'Turn off' : 'Turn on'}
          </Button>
          <ConfirmButton
            label="Delete"
            look="danger"
            action={remove}
            question={
              <>“{hook.name}” is told nothing any more, and the record of what it was told is deleted.</>
            }
          />
        </>
      }
    >
      {[trial, toggle].map(
        (action, index) =>
          action.error && (
            <p key={index} className="at-note at-bad" role="alert">
              {action.error.message}
            </p>
          ),
      )}
      <p className="at-breaks">
        <code>{hook.url}</code>
      </p>
      <p className="at-hint">
        {hook.kind === 'chat' ? 'Messages for a chat' : 'Signed JSON'} ·{' '}
        {hook.events.length === 0 ? 'everything' : hook.events.map((event) => EVENT_NAMES[event]).join(', ')}
      </p>
      <p>
        <Button look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide what it was told' : 'What it was told'}
        </Button>
      </p>
      {open && <Deliveries key={round} webhookId={hook.id} />}
      {changing && (
        <WebhookForm
          webhook={hook}
          onClose={() => setChanging(false)}
          onMade={() => {
            setChanging(false);
            reload();
          }}
        />
      )}
    </Card>
  );
}
