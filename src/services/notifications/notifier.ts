import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Mailer } from '../../adapters/mail/port.js';
import type { PostSender } from '../../adapters/webhook/port.js';
import { AppError, ForbiddenError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { SecretBox } from '../../core/secret-box.js';
import type { NotificationEvent } from '../../core/vocabulary.js';
import type { OutboxEntry } from '../../db/entities/outbox-entry.js';
import type { DueMail, Recipient } from '../../db/repositories/outbox-repository.js';
import { repositories, type Repositories } from '../../db/repositories/index.js';
import type { DueDelivery } from '../../db/repositories/webhook-repository.js';
import { mayDecide } from '../approval-policy.js';
import type { KindBook } from '../kind-rules.js';
import type { PolicyService } from '../policies.js';
import { chatText, mailText, webhookPayload, type NoticeFacts } from './message.js';
import { signatureOf } from './signature.js';

const PERIOD_MS = 1000;
const BATCH = 20;
/** Who takes something has this long to send it and say so; then it is sent again. */
const LEASE_SECONDS = 60;
/** About seven hours in all: 10 s, 30 s, 90 s, … */
const MAX_ATTEMPTS = 8;
const FIRST_WAIT_SECONDS = 10;
const MAX_ERROR = 1000;

/** What a chat message is made of. */
const chatFacts = z.object({
  text: z.string(),
  url: z.string().nullable(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable().default(null),
});

/** What the notifier is made of. */
export interface NotifierParts {
  dataSource: DataSource;
  kinds: KindBook;
  policies: PolicyService;
  /** Absent: no mail is sent, and none is written. */
  mailer: Mailer | undefined;
  sender: PostSender;
  /** Absent: nothing signed can be sent. */
  box: SecretBox | undefined;
  publicUrl: string;
  log: Logger;
}

/**
 * Tells people, at least once each: notices become mails and webhook deliveries, which are tried until they are taken
 * or given up. Any number of processes may run one; rows that one is at are skipped by the others.
 */
export class Notifier {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly parts: NotifierParts) {}

  start(): void {
    this.timer = setTimeout(() => {
      this.running = this.pass()
        .catch((error: unknown) => this.parts.log.warn({ error: messageOf(error) }, 'notifier pass failed'))
        .finally(() => {
          if (!this.stopped) this.start();
        });
    }, PERIOD_MS);
  }

  /** Takes nothing more, and waits for what is being sent for `graceMs`. What is not marked by then comes again. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    let grace: NodeJS.Timeout | undefined;
    const over = new Promise<void>((fulfil) => (grace = setTimeout(fulfil, graceMs)));
    await Promise.race([this.running, over]);
    clearTimeout(grace);
  }

  /** Spreads and sends what is due. Public for tests. */
  async pass(): Promise<void> {
    while ((await this.spread()) === BATCH) if (this.stopped) return;
    const { webhooks, outbox } = repositories(this.parts.dataSource.manager);
    const deliveries = await webhooks.takeDue(BATCH, LEASE_SECONDS);
    await Promise.all(deliveries.map((delivery) => this.deliver(delivery)));
    if (!this.parts.mailer) return;
    const mails = await outbox.takeDueMails(BATCH, LEASE_SECONDS);
    await Promise.all(mails.map((mail) => this.mail(mail)));
  }

  /** Makes mails and deliveries out of notices, each once. @returns how many notices there were */
  async spread(): Promise<number> {
    const notices = await this.parts.dataSource.transaction(async (manager) => {
      const repos = repositories(manager);
      const taken = await repos.outbox.takeNotices(BATCH);
      for (const notice of taken) {
        await this.spreadOne(repos, notice);
        await repos.outbox.markSent(notice.id);
      }
      return taken;
    });
    return notices.length;
  }

  private async spreadOne(repos: Repositories, notice: OutboxEntry): Promise<void> {
    const { sessionId, payload } = notice;
    const session = sessionId === null ? null : await repos.sessions.findLive(sessionId);
    if (!session) return;
    const event = payload['event'] as NotificationEvent;
    const about = payload['facts'] as {
      approvalId?: string;
      gate?: string;
      problem?: NoticeFacts['problem'];
    };
    const names = await repos.gates.names([session.userId]);
    const gates = this.parts.kinds.all().find(({ kind }) => kind === session.kind)?.gates;
    const facts: NoticeFacts = {
      event,
      sessionId: session.sessionId,
      kind: session.kind,
      title: (session.name ?? session.userMission).slice(0, 2000),
      ownerName: names.get(session.userId) ?? '',
      status: session.status,
      approvalId: about.approvalId ?? null,
      gate: about.gate ?? null,
      gateLabel: about.gate === undefined ? null : (gates?.[about.gate]?.label ?? about.gate),
      problem: about.problem ? { code: about.problem.code, message: about.problem.message } : null,
      at: notice.createdAt.toISOString(),
    };
    await repos.webhooks.fanOut(event, { ...webhookPayload(facts, this.parts.publicUrl) }, notice.id);
    if (!this.parts.mailer) return;
    const mail = mailText(facts, this.parts.publicUrl);
    for (const { id, email } of await this.addressees(repos, facts, session.userId))
      await repos.outbox.addMail(session.sessionId, notice.id, {
        ...mail,
        to: email,
        messageKey: `atelier-${notice.id}-${id}`,
      });
  }

  /** Of a gate those who may decide it; of everything else the owner. Whoever does not want it is left out. */
  private async addressees(repos: Repositories, facts: NoticeFacts, owner: string): Promise<Recipient[]> {
    const policy = facts.gate === null ? null : await this.parts.policies.effective(facts.kind, facts.gate);
    return (await repos.outbox.recipients()).filter((one) => {
      if (!one.wantsEmail || one.events[facts.event] === false) return false;
      // Made at the first start, before anybody has said where mail goes.
      if (one.email.endsWith('@localhost')) return false;
      if (policy === null) return one.id === owner;
      return mayDecide(policy, { userId: one.id, role: one.role }, owner).allowed;
    });
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const { webhooks } = repositories(this.parts.dataSource.manager);
    let status: number | null = null;
    try {
      ({ status } = await this.parts.sender.post(this.postOf(delivery)));
      if (status >= 200 && status < 300) return await webhooks.markDelivered(delivery.id, status);
      throw new AppError('webhook_refused', 502, `The receiver answered ${status}.`);
    } catch (error) {
      await webhooks
        .markFailed(delivery.id, {
          responseStatus: status,
          error: messageOf(error).slice(0, MAX_ERROR),
          retryInSeconds: waitAfter(delivery.attempts, error),
        })
        .catch((marking: unknown) => this.unmarked('webhook', marking));
    }
  }

  private postOf({ deliveryId, event, payload, kind, url, webhookId, secret }: DueDelivery) {
    const body =
      kind === 'chat'
        ? JSON.stringify({ text: chatText(chatFacts.parse(payload)) })
        : JSON.stringify({ id: deliveryId, ...payload });
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': 'Atelier-Webhooks/1',
      'Idempotency-Key': deliveryId,
      'Atelier-Delivery': deliveryId,
      'Atelier-Event': event,
    };
    if (kind === 'generic') {
      if (!this.parts.box)
        throw new ForbiddenError('The secret of the webhook cannot be read: there are no root keys.');
      const plain = this.parts.box.open(secret, { table: 'webhooks', row: webhookId, provider: '' });
      headers['Atelier-Signature'] = signatureOf(plain, deliveryId, Math.floor(Date.now() / 1000), body);
    }
    return { url, headers, body };
  }

  private async mail({ id, attempts, payload }: DueMail): Promise<void> {
    const { outbox } = repositories(this.parts.dataSource.manager);
    try {
      await this.parts.mailer?.send(payload);
      await outbox.markSent(id);
    } catch (error) {
      await outbox
        .markFailed(id, messageOf(error).slice(0, MAX_ERROR), waitAfter(attempts, error))
        .catch((marking: unknown) => this.unmarked('mail', marking));
    }
  }

  /** What could not be marked is sent again when its lease ends. */
  private unmarked(what: string, error: unknown): void {
    this.parts.log.warn({ error: messageOf(error) }, `${what} not marked; it is sent again`);
  }
}

/**
 * How long to wait after a failed attempt, in seconds: three times as long each time, half of it by chance, so that
 * not everything that failed together comes back together. Null: it is given up.
 */
export function waitAfter(attempts: number, error: unknown): number | null {
  if (attempts >= MAX_ATTEMPTS || error instanceof ForbiddenError) return null;
  const wait = FIRST_WAIT_SECONDS * 3 ** (attempts - 1);
  return wait / 2 + (Math.random() * wait) / 2;
}
