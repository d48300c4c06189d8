import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A server between a client and Postgres that can be away for a while. */
export interface TcpProxy {
  /** `url` with the proxy's address. */
  through(url: string): string;
  /** Cuts every connection and takes no more. */
  cut(): Promise<void>;
  /** Takes connections again, at the same address. */
  mend(): Promise<void>;
}

/** Starts a proxy on a free port to the server of `url`. Cut it at the end. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(at, '127.0.0.1', resolve);
    });
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    through(original) {
      const changed = new URL(original);
      changed.hostname = '127.0.0.1';
      changed.port = String(own);
      return changed.href;
    },
    async cut() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: () => listen(own),
  };
}
