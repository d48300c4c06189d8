import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Connections } from './connections.js';

let http: Server;
let connections: Connections;
let pending: ServerResponse[];
beforeEach(async () => {
  pending = [];
  http = createServer((_req, res) => void pending.push(res));
  connections = new Connections(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});
afterEach(() => {
  http.closeAllConnections();
  http.close();
});

async function open(): Promise<{ socket: Socket; text: () => string }> {
  let text = '';
  const arrived = once(http, 'connection');
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await arrived;
  return { socket, text: () => text };
}

const ask = async (socket: Socket): Promise<void> => {
  const asked = once(http, 'request');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
};

/** Resolves when the server has closed. Were a connection left open, the test would wait for it. */
const closed = async (): Promise<void> => {
  const end = once(http, 'close');
  http.close();
  connections.closeQuiet();
  await end;
};

describe('a closing server', () => {
  it('does not wait for connections that never had a request, nor for those that have had their answer', async () => {
    const silent = await open();
    const served = await open();
    await ask(served.socket);
    const answered = once(served.socket, 'data');
    pending[0]?.end('done');
    await answered;
    const ends = [once(silent.socket, 'close'), once(served.socket, 'close')];
    await closed();
    await Promise.all(ends);
    expect(served.text()).toContain('done');
  });

  it('lets an answer under way come to its end, and closes its connection then', async () => {
    const reader = await open();
    await ask(reader.socket);
    pending[0]?.write('first ');
    const over = closed();
    const end = once(reader.socket, 'close');
    pending[0]?.end('last');
    await Promise.all([over, end]);
    expect(reader.text()).toMatch(/first[\s\S]*last/);
  });
});
