import { numberCursor, toPage } from '../cursor.js';
import { pageOf } from '../presenters/page.js';
import {
  deliveryView,
  mailView,
  newWebhookView,
  preferencesView,
  presentDelivery,
  presentMail,
  presentWebhook,
  webhookView,
} from '../presenters/webhook.js';
import { emptyBody, noBody, none, route, type Route } from '../route.js';
import {
  deliveryParams,
  deliveryQuery,
  newWebhookBody,
  preferencesBody,
  webhookChangesBody,
  webhookParams,
} from './notifications.schema.js';

const deliveryCursors = numberCursor('deliveries');
const mailCursors = numberCursor('mails');
const tag = 'Notifications';

/** How people are told of what waits for them: their own wishes about mail, and the team's webhooks. */
export const notificationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/me/notifications',
    access: 'viewer',
    tag,
    summary: 'What you are told of by mail',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'Your wishes.', schema: preferencesView } },
    handle: async ({ app, caller }) => ({ status: 200, body: await app.preferences.get(caller) }),
  }),
  route({
    method: 'patch',
    path: '/api/v1/me/notifications',
    access: 'viewer',
    tag,
    summary: 'Change what you are told of by mail',
    params: none,
    query: none,
    body: preferencesBody,
    answers: { 200: { description: 'Your wishes.', schema: preferencesView } },
    handle: async ({ app, caller, body }) => ({
      status: 200,
      body: await app.preferences.change(caller, body),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/webhooks',
    access: 'admin',
    tag,
    summary: 'All webhooks, oldest first',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them, without secrets.', schema: pageOf(webhookView) } },
    handle: async ({ app, caller }) => ({
      status: 200,
      body: { items: (await app.webhooks.list(caller)).map(presentWebhook), nextCursor: null },
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks',
    access: 'admin',
    tag,
    summary: 'Add a webhook',
    description:
      '`generic` posts signed JSON, `chat` posts `{"text"}` as chat systems take it. The secret is told in this ' +
      'answer and never again.',
    params: none,
    query: none,
    body: newWebhookBody,
    answers: { 201: { description: 'The webhook and its secret.', schema: newWebhookView } },
    async handle({ app, caller, body }) {
      const { webhook, secret } = await app.webhooks.create(caller, body);
      return { status: 201, body: { webhook: presentWebhook(webhook), secret } };
    },
  }),
  route({
    method: 'patch',
    path: '/api/v1/webhooks/:webhookId',
    access: 'admin',
    tag,
    summary: 'Change a webhook',
    params: webhookParams,
    query: none,
    body: webhookChangesBody,
    answers: { 200: { description: 'The webhook.', schema: webhookView } },
    handle: async ({ app, caller, params, body }) => ({
      status: 200,
      body: presentWebhook(await app.webhooks.update(caller, params.webhookId, body)),
    }),
  }),
  route({
    method: 'delete',
    path: '/api/v1/webhooks/:webhookId',
    access: 'admin',
    tag,
    summary: 'Delete a webhook and its deliveries',
    params: webhookParams,
    query: none,
    body: emptyBody,
    answers: { 204: { description: 'It is gone.' } },
    async handle({ app, caller, params }) {
      await app.webhooks.remove(caller, params.webhookId);
      return { status: 204 };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks/:webhookId/test',
    access: 'admin',
    tag,
    summary: 'Send a trial to a webhook',
    params: webhookParams,
    query: none,
    body: emptyBody,
    answers: { 202: { description: 'The delivery; look it up for what came of it.', schema: deliveryView } },
    handle: async ({ app, caller, params }) => ({
      status: 202,
      body: presentDelivery(await app.webhooks.test(caller, params.webhookId)),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/webhooks/:webhookId/deliveries',
    access: 'admin',
    tag,
    summary: 'What a webhook was told, newest first',
    params: webhookParams,
    query: deliveryQuery,
    body: noBody,
    answers: { 200: { description: 'A page of deliveries.', schema: pageOf(deliveryView) } },
    async handle({ app, caller, params, query: { limit, cursor } }) {
      const before = cursor === undefined ? undefined : deliveryCursors.decode(cursor);
      const rows = await app.webhooks.deliveries(caller, params.webhookId, limit + 1, before);
      return { status: 200, body: toPage(rows, limit, deliveryCursors, (row) => row.id, presentDelivery) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    access: 'admin',
    tag,
    summary: 'Send a delivery again, with the same id',
    params: deliveryParams,
    query: none,
    body: emptyBody,
    answers: { 202: { description: 'The delivery.', schema: deliveryView } },
    handle: async ({ app, caller, params: { webhookId, deliveryId } }) => ({
      status: 202,
      body: presentDelivery(await app.webhooks.redeliver(caller, webhookId, deliveryId)),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/mails',
    access: 'admin',
    tag,
    summary: 'Mails that were written, newest first, with what came of them',
    params: none,
    query: deliveryQuery,
    body: noBody,
    answers: { 200: { description: 'A page of mails, without their texts.', schema: pageOf(mailView) } },
    async handle({ app, caller, query: { limit, cursor } }) {
      const before = cursor === undefined ? undefined : mailCursors.decode(cursor);
      const rows = await app.webhooks.mails(caller, limit + 1, before);
      return { status: 200, body: toPage(rows, limit, mailCursors, (row) => row.id, presentMail) };
    },
  }),
];
