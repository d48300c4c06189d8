import type { NotificationEvent } from '../../core/vocabulary.js';

/** What a message tells, gathered from the database when it is spread. */
export interface NoticeFacts {
  event: NotificationEvent;
  sessionId: string;
  kind: string;
  /** The session's name, or the beginning of its mission. Written by people: it is data. */
  title: string;
  ownerName: string;
  status: string;
  approvalId: string | null;
  gate: string | null;
  gateLabel: string | null;
  problem: { code: string; message: string } | null;
  at: string;
}

/** The body of a webhook of the kind `generic`. */
export interface WebhookPayload extends NoticeFacts {
  /** Where a person looks at it. Opening it decides nothing. */
  url: string;
  /** The same in a sentence. */
  text: string;
}

/** Control characters, line ends and marks that turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** A text of people in one line of at most `max` characters. */
export function oneLine(text: string, max = 120): string {
  const line = text.replace(UNPRINTABLE, ' ').replace(/ {2,}/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/** The page to look at: the review of a gate, or the session. */
export function linkTo(
  publicUrl: string,
  { approvalId, sessionId }: Pick<NoticeFacts, 'approvalId' | 'sessionId'>,
): string {
  return approvalId === null
    ? `${publicUrl}/admin/pages/session?id=${encodeURIComponent(sessionId)}`
    : `${publicUrl}/admin/pages/review?id=${encodeURIComponent(approvalId)}`;
}

/** What happened, in a few words without the mission. */
function headline({ event, gateLabel, problem }: NoticeFacts): string {
  const what = {
    approval_needed: 'Approval needed',
    reminder: 'Still waiting for a decision',
    failed: 'Mission failed',
    needs_attention: 'Mission needs attention',
    budget_reached: 'Budget reached',
  }[event];
  if (gateLabel !== null) return `${what}: ${gateLabel}`;
  return problem && event !== 'budget_reached' ? `${what} (${problem.code})` : what;
}

/** What goes to webhooks. */
export function webhookPayload(facts: NoticeFacts, publicUrl: string): WebhookPayload {
  return { ...facts, url: linkTo(publicUrl, facts), text: `${headline(facts)} — ${oneLine(facts.title)}` };
}

/**
 * The text that chat systems take. The mission is shown as it is, without becoming markup or a mention: `&`, `<` and
 * `>` are the only marks of that format.
 */
export function chatText({
  text,
  url,
  problem,
}: Pick<WebhookPayload, 'text' | 'problem'> & { url: string | null }): string {
  const plain = (words: string): string =>
    words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    plain(text),
    ...(problem ? [plain(oneLine(problem.message, 500))] : []),
    ...(url === null ? [] : [`<${url}>`]),
  ].join('\n');
}

/** Subject and text of a mail. */
export function mailText(facts: NoticeFacts, publicUrl: string): { subject: string; text: string } {
  const lines = [
    `${headline(facts)}.`,
    '',
    `Mission: ${oneLine(facts.title, 500)}`,
    `Owner:   ${oneLine(facts.ownerName)}`,
    `Status:  ${facts.status}`,
    ...(facts.problem ? ['', oneLine(facts.problem.message, 2000)] : []),
    '',
    linkTo(publicUrl, facts),
    '',
    'Opening the link decides nothing. What you are told of by mail is up to you: see your notification settings.',
  ];
  return { subject: `[Atelier] ${headline(facts)} — ${oneLine(facts.title, 80)}`, text: lines.join('\n') };
}
