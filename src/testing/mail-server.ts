import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that keeps what it takes. */
export interface MailServer {
  url: string;
  mails: { to: string[]; raw: string }[];
  /** The reply to every recipient from now on; null: it is taken. */
  refuse: { code: number; message: string } | null;
  close(): Promise<void>;
}

/** Starts a mail server on a free port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mail: MailServer = {
    url: '',
    mails: [],
    refuse: null,
    close: () => new Promise((fulfil) => server.close(() => fulfil())),
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, _session, done) {
      if (mail.refuse === null) done();
      else done(Object.assign(new Error(mail.refuse.message), { responseCode: mail.refuse.code }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mail.mails.push({ to, raw: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', () => fulfil()));
  mail.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return mail;
}
