import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';

/** What a receiver of webhooks was sent. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that takes webhooks, and answers as told. */
export interface Receiver {
  url: string;
  received: Received[];
  /** What it answers from now on: a status, or none at all. */
  answer: { status: number; headers?: Record<string, string> } | 'hang up';
  close(): Promise<void>;
}

/** Starts a receiver on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    received: [],
    answer: { status: 204 },
    close: () =>
      new Promise((fulfil) => {
        server.close(() => fulfil());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      receiver.received.push({ path: request.url ?? '', headers: request.headers, body });
      if (receiver.answer === 'hang up') request.socket.destroy();
      else response.writeHead(receiver.answer.status, receiver.answer.headers).end();
    });
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}
