import { createTransport } from 'nodemailer';
import { ForbiddenError, UnavailableError, messageOf } from '../../../core/errors.js';
import type { Mail, Mailer } from '../port.js';

const TIMEOUT_MS = 15_000;
/** What a subject may not hold: line ends would begin a header, other control characters confuse readers. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const MAX_SUBJECT = 200;

/**
 * A mailer that speaks SMTP.
 * @param options.url `smtp://` or `smtps://`, with user and password where needed
 * @param options.from the sender, with a name or without
 */
export function createSmtpMailer(options: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url: options.url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(options.from)?.[1] ?? 'atelier';
  return {
    async send(mail: Mail) {
      await transport
        .sendMail({
          from: options.from,
          // As an address without a name, so that nothing in it is taken apart.
          to: { name: '', address: mail.to },
          subject: mail.subject.replace(CONTROL, ' ').trim().slice(0, MAX_SUBJECT),
          text: mail.text,
          messageId: `<${mail.messageKey.replace(/[^\w.-]/g, '')}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        .catch((error: unknown) => {
          const message = `The mail server did not take the mail: ${messageOf(error)}`;
          throw isPermanent(error)
            ? new ForbiddenError(message, { cause: error })
            : new UnavailableError(message, { cause: error });
        });
    },
  };
}

/** A reply of 5xx to the address or the text; a failed login may be mended by an administrator. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { responseCode, code } = error as Error & { responseCode?: number; code?: string };
  return responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
}
