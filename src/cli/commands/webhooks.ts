import { Option, type Command } from 'commander';
import { NOTIFICATION_EVENTS, WEBHOOK_KINDS } from '../../core/vocabulary.js';
import type { DeliveryView, NewWebhookView, WebhookView } from '../../http/presenters/webhook.js';
import { addCommand, type Run } from '../command-line.js';
import { ago, oneLine } from '../text.js';

const ID = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
const pathOf = (id: string): string => `/webhooks/${encodeURIComponent(id)}`;

interface AddOptions {
  json?: boolean;
  name?: string;
  kind: string;
  event?: string[];
}

/** `webhooks list|add|test|deliveries|remove`: addresses that are told of what happens. For administrators. */
export function addWebhooks(program: Command, run: Run): void {
  const webhooks = program.command('webhooks').description('Tell chats and programs what waits or fails');
  addCommand(webhooks, 'list', { about: 'List the webhooks.', examples: ['webhooks list'] }).action(
    (options: { json?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const all = await client.list<WebhookView>('/webhooks');
        output.result(all, () =>
          output.table(
            ['WEBHOOK', 'KIND', 'ACTIVE', 'EVENTS', 'NAME', 'URL'],
            all.map((hook) => [
              ...[hook.id, hook.kind, hook.isActive ? 'yes' : 'no', hook.events.join(' ') || 'all'],
              ...[oneLine(hook.name), oneLine(hook.url)],
            ]),
            'No webhooks.',
          ),
        );
      }),
  );
  addCommand(webhooks, 'add <url>', {
    about: 'Tell an address what waits, fails or reaches its budget.',
    more: 'Deliveries of the kind "generic" are signed; the secret is shown, once.',
    examples: [
      'webhooks add https://example.org/atelier',
      'webhooks add https://hooks.example.org/T123 --kind chat --event approval_needed',
    ],
  })
    .option('-n, --name <name>', 'what to call it; the host by default')
    .addOption(new Option('--kind <kind>', 'how it is spoken to').choices(WEBHOOK_KINDS).default('generic'))
    .addOption(
      new Option('--event <event...>', 'what it is told of; everything by default').choices(
        NOTIFICATION_EVENTS,
      ),
    )
    .action((url: string, { name, kind, event, ...options }: AddOptions) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const standard = URL.canParse(url) ? new URL(url).host : url;
        const made = await client.write<NewWebhookView>('POST', '/webhooks', {
          body: { url, kind, name: name ?? standard, events: event ?? [] },
        });
        output.result(made, () => {
          output.line(`Added ${made.webhook.id}.`);
          if (kind === 'generic') output.line(`Secret, shown this once: ${made.secret}`);
        });
      }),
    );
  addCommand(webhooks, 'test <webhook>', {
    about: 'Send a trial. A worker delivers it; see "deliveries".',
    examples: [`webhooks test ${ID}`],
  }).action((id: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const delivery = await client.write<DeliveryView>('POST', `${pathOf(id)}/test`);
      output.result(delivery, () => output.line(`Trial ${delivery.deliveryId} is on its way.`));
    }),
  );
  addCommand(webhooks, 'deliveries <webhook>', {
    about: 'List what a webhook was told, newest first, and what came of it.',
    examples: [`webhooks deliveries ${ID}`],
  }).action((id: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const all = await client.list<DeliveryView>(`${pathOf(id)}/deliveries`, {}, 50);
      output.result(all, () =>
        output.table(
          ['DELIVERY', 'EVENT', 'STATUS', 'TRIES', 'ANSWER', 'MADE', 'ERROR'],
          all.map((one) => [
            ...[
              one.deliveryId,
              one.event,
              one.status,
              String(one.attempts),
              String(one.responseStatus ?? ''),
            ],
            ...[ago(one.createdAt), oneLine(one.error ?? '')],
          ]),
          'Nothing yet.',
        ),
      );
    }),
  );
  addCommand(webhooks, 'remove <webhook>', {
    about: 'Remove a webhook and its deliveries.',
    examples: [`webhooks remove ${ID}`],
  }).action((id: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      await client.write('DELETE', pathOf(id));
      output.result({ id, removed: true }, () => output.line('Removed.'));
    }),
  );
}
