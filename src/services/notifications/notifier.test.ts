import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ForbiddenError } from '../../core/errors.js';
import { formatRootKeys, newRootKey } from '../../core/root-keys.js';
import { repositories } from '../../db/repositories/index.js';
import { startMailServer, type MailServer } from '../../testing/mail-server.js';
import { startReceiver, type Receiver } from '../../testing/receiver.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';
import { waitAfter } from './notifier.js';

let m: SumMission;
let receiver: Receiver;
let mail: MailServer;
beforeEach(async () => {
  [receiver, mail] = await Promise.all([startReceiver(), startMailServer()]);
});
afterEach(async () => {
  await m.test.close();
  await Promise.all([receiver.close(), mail.close()]);
});

const EVIL = 'Sum\r\nBcc: spy@example.org\r\n\r\n<!channel> heliotrope';
const start = async (env: NodeJS.ProcessEnv = {}): Promise<void> => {
  m = await sumMission(
    'start',
    {},
    { mission: EVIL },
    {
      ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]),
      ATELIER_WEBHOOK_ALLOW_PRIVATE: '1',
      ATELIER_PUBLIC_URL: 'https://atelier.example/',
      ATELIER_MAIL_FROM: 'Atelier <studio@atelier.example>',
      SMTP_URL: mail.url,
      ...env,
    },
  );
};
const hook = async (kind: 'generic' | 'chat' = 'generic') =>
  m.test.app.webhooks.create(m.caller, {
    name: kind,
    kind,
    url: `${receiver.url}/${kind}`,
    events: ['approval_needed'],
  });
const deliveries = (id: string) => m.test.app.webhooks.deliveries(m.caller, id, 50);
/** As if the time to try again had come. */
const later = () =>
  m.test.app.dataSource.query(
    `WITH d AS (UPDATE webhook_deliveries SET next_attempt_at = now() RETURNING 1) UPDATE outbox SET next_attempt_at = now()`,
  );

describe('the notifier', () => {
  it('tells each webhook once of a gate, signed, however many processes look', async () => {
    await start();
    const { webhook, secret } = await hook();
    const chat = await hook('chat');
    await m.go(m.id);
    const other = await m.test.another();
    await Promise.all([m.test.app.notifier.pass(), other.notifier.pass(), m.test.app.notifier.pass()]);
    await m.test.app.notifier.pass();
    expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(['/chat', '/generic']);
    const [delivery, ...more] = await deliveries(webhook.id);
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1, responseStatus: 204, error: null });
    const [gate] = await m.test.app.approvals.list(m.caller, m.id);
    const got = receiver.received.find(({ path }) => path === '/generic');
    expect(JSON.parse(got?.body ?? '')).toMatchObject({
      id: delivery?.deliveryId,
      event: 'approval_needed',
      sessionId: m.id,
      approvalId: gate?.id,
      url: `https://atelier.example/admin/pages/review?id=${gate?.id}`,
    });
    expect(got?.headers).toMatchObject({
      'idempotency-key': delivery?.deliveryId,
      'atelier-event': 'approval_needed',
    });
    const [, seconds, mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(got?.headers['atelier-signature'])) ?? [];
    const expected = createHmac('sha256', secret).update(`${delivery?.deliveryId}.${seconds}.${got?.body}`);
    expect(mac).toBe(expected.digest('hex'));
    const chatted = receiver.received.find(({ path }) => path === '/chat');
    expect(Object.keys(JSON.parse(chatted?.body ?? ''))).toEqual(['text']);
    expect(chatted?.body).toContain('&lt;!channel&gt; heliotrope');
    expect(chatted?.headers['atelier-signature']).toBeUndefined();
    expect((await deliveries(chat.webhook.id)).map(({ event }) => event)).toEqual(['approval_needed']);
    // Nothing of it has decided anything.
    expect(gate?.status).toBe('pending');
  });

  it('writes nothing when the cause is rolled back', async () => {
    await start();
    await expect(
      m.test.app.transactions.locked(m.id, async (tx) => {
        tx.notify('failed', {});
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await m.test.app.notifier.spread()).toBe(0);
  });

  it('tries again after an error with the same delivery id, then gives up and says why', async () => {
    await start();
    const { webhook } = await hook();
    await m.go(m.id);
    receiver.answer = { status: 500 };
    await m.test.app.notifier.pass();
    const [first] = await deliveries(webhook.id);
    expect(first).toMatchObject({
      status: 'pending',
      attempts: 1,
      responseStatus: 500,
      error: 'The receiver answered 500.',
    });
    // Not before its time.
    await m.test.app.notifier.pass();
    expect(receiver.received).toHaveLength(1);
    receiver.answer = 'hang up';
    for (let attempt = 2; attempt <= 8; attempt += 1) {
      await later();
      await m.test.app.notifier.pass();
    }
    const [dead] = await deliveries(webhook.id);
    expect(dead).toMatchObject({
      status: 'failed',
      attempts: 8,
      error: expect.stringContaining('did not answer'),
    });
    await later();
    await m.test.app.notifier.pass();
    expect(receiver.received).toHaveLength(8);
    expect(new Set(receiver.received.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set([first?.deliveryId]),
    );
    receiver.answer = { status: 200 };
    await m.test.app.webhooks.redeliver(m.caller, webhook.id, first?.deliveryId ?? '');
    await m.test.app.notifier.pass();
    expect(await deliveries(webhook.id)).toMatchObject([
      { status: 'delivered', deliveryId: first?.deliveryId },
    ]);
  });

  it('sends again with the same id what was sent by a process that died before it could say so', async () => {
    await start();
    const { webhook } = await hook();
    await m.go(m.id);
    await m.test.app.notifier.spread();
    const { webhooks } = repositories(m.test.app.dataSource.manager);
    // Taken, and never marked.
    const [taken] = await webhooks.takeDue(10, 60);
    await m.test.app.notifier.pass();
    expect(receiver.received).toEqual([]);
    await later();
    await m.test.app.notifier.pass();
    expect(receiver.received.map(({ headers }) => headers['idempotency-key'])).toEqual([taken?.deliveryId]);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });

  it('follows no redirect', async () => {
    await start();
    const { webhook } = await hook();
    receiver.answer = { status: 307, headers: { location: `${receiver.url}/elsewhere` } };
    await m.go(m.id);
    await m.test.app.notifier.pass();
    expect(receiver.received.map(({ path }) => path)).toEqual(['/generic']);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: 'pending', responseStatus: 307 }]);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0'])(
    'goes to no private address unless that is allowed: %s',
    async (host) => {
      await start({ ATELIER_WEBHOOK_ALLOW_PRIVATE: '0' });
      const url = `http://${host}:${new URL(receiver.url).port}/`;
      const { webhook } = await m.test.app.webhooks.create(m.caller, { name: 'inner', url });
      await m.test.app.webhooks.test(m.caller, webhook.id);
      await m.test.app.notifier.pass();
      expect(receiver.received).toEqual([]);
      expect(await deliveries(webhook.id)).toMatchObject([
        { status: 'failed', error: expect.stringContaining('is not on the public internet') },
      ]);
    },
  );

  it('mails those who may decide, and who want it, with a subject that stays one line', async () => {
    await start();
    const approver = await m.test.person('approver');
    const silent = await m.test.person('approver');
    await m.test.person('submitter');
    await m.test.app.preferences.change(silent, { events: { approval_needed: false } });
    await m.go(m.id);
    const other = await m.test.another();
    await Promise.all([m.test.app.notifier.pass(), other.notifier.pass()]);
    await m.test.app.notifier.pass();
    const address = ({ userId }: { userId: string }) => `${userId}@example.org`;
    expect(mail.mails.flatMap(({ to }) => to).toSorted()).toEqual(
      [address(m.caller), address(approver)].toSorted(),
    );
    const [head = '', ...body] = (mail.mails[0]?.raw ?? '').split(/\r\n\r\n/);
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head.replace(/\r\n /g, ' ')).toMatch(/^Message-ID: +<atelier-\d+-[\w-]+@atelier\.example>/im);
    expect(body.join('').replaceAll('=\r\n', '')).toContain('https://atelier.example/admin/pages/review?id');
  });

  it('tries a mail again that was not taken for now, and gives up one that was refused for good', async () => {
    await start();
    mail.refuse = { code: 451, message: 'Later, please' };
    await m.go(m.id);
    await m.test.app.notifier.pass();
    const shown = () => m.test.app.webhooks.mails(m.caller, 10);
    expect(await shown()).toMatchObject([
      { attempts: 1, failedAt: null, error: expect.stringContaining('Later') },
    ]);
    mail.refuse = { code: 550, message: 'No such person' };
    await later();
    await m.test.app.notifier.pass();
    expect(await shown()).toMatchObject([{ attempts: 2, failedAt: expect.any(Date), sentAt: null }]);
  });

  it('tells the owner, and nobody else, that the budget is reached', async () => {
    await start();
    await m.test.person('approver');
    const { session } = await m.test.app.sessions.submit(m.caller, {
      mission: 'A sum',
      options: { budget: { tokens: 1 } },
    });
    expect(await m.go(session.sessionId)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'budget_reached' },
    });
    await m.test.app.notifier.pass();
    expect(mail.mails.map(({ to }) => to)).toEqual([[`${m.caller.userId}@example.org`]]);
    expect(mail.mails[0]?.raw).toContain('Subject: =?UTF-8?');
    expect(mail.mails[0]?.raw).toContain(session.sessionId);
  });
});

describe('waiting after a failed attempt', () => {
  it('gets longer, differs, and ends', () => {
    const error = new Error('away');
    const waits = [1, 2, 3].map((attempts) => waitAfter(attempts, error) ?? 0);
    expect(waits[0]).toBeGreaterThanOrEqual(5);
    expect(waits[1]).toBeGreaterThanOrEqual(15);
    expect(waits[2]).toBeLessThanOrEqual(90);
    expect(waitAfter(8, error)).toBeNull();
    expect(waitAfter(1, new ForbiddenError('never'))).toBeNull();
  });
});
