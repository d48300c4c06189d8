import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before Postgres that can break connections at exact moments. */
export interface CuttingProxy {
  /** The database's URL, through the proxy. */
  readonly url: string;
  /** From now on, the first transaction with `statement` in it is committed, but its client never hears so. */
  swallowCommitOf(statement: string): void;
  /** Resolves when that has happened. */
  readonly swallowed: Promise<void>;
  /**
   * From now on, a new connection is cut by an administrator in the very moment it becomes ready: both messages
   * come in one piece.
   */
  cutWhenReady(on: boolean): void;
  close(): Promise<void>;
}

/** `FATAL 57P01`, as pg_terminate_backend makes it. */
function fatal(): Buffer {
  const fields = 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
  const message = Buffer.alloc(5 + fields.length);
  message.write('E');
  message.writeInt32BE(4 + fields.length, 1);
  message.write(fields, 5, 'latin1');
  return message;
}

/** `ReadyForQuery`, idle. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** @param databaseUrl the real server's */
export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let wanted: string | undefined;
  let cutting = false;
  let tell: () => void = () => undefined;
  const swallowed = new Promise<void>((resolve) => (tell = resolve));
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let seen = false;
    let deaf = false;
    let fresh = true;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        // What was sent to the server is for it to finish.
        upstream.end();
      });
    }
    client.on('data', (data) => {
      if (wanted !== undefined && data.includes(wanted)) seen = true;
      upstream.write(data);
      if (!seen || !data.includes('COMMIT')) return;
      wanted = undefined;
      deaf = true;
    });
    upstream.on('data', (data) => {
      if (deaf) {
        client.destroy();
        tell();
      } else if (cutting && fresh && data.includes(READY)) {
        client.end(Buffer.concat([data, fatal()]));
      } else client.write(data);
      if (data.includes(READY)) fresh = false;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave no port');
  const url = new URL(databaseUrl);
  url.port = String(address.port);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    swallowCommitOf: (statement) => void (wanted = statement),
    swallowed,
    cutWhenReady: (on) => void (cutting = on),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
