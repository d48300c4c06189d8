import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A server's connections. Node closes idle ones by itself, but counts none as idle that never had a request, and
 * clients open some to have them ready: a closing server would wait for those until its patience ends.
 */
export class Connections {
  /** Each with how many requests are under way on it. */
  private readonly requests = new Map<Socket, number>();
  private closing = false;

  constructor(http: Server) {
    http.on('connection', (socket) => {
      this.requests.set(socket, 0);
      socket.once('close', () => this.requests.delete(socket));
    });
    http.on('request', ({ socket }, res) => {
      this.count(socket, 1);
      res.once('close', () => this.count(socket, -1));
    });
  }

  /** Closes those that nobody uses now, and each other as soon as its last answer has been sent. */
  closeQuiet(): void {
    this.closing = true;
    for (const [socket, under] of this.requests) if (under === 0) socket.destroy();
  }

  private count(socket: Socket, by: 1 | -1): void {
    const under = this.requests.get(socket);
    if (under === undefined) return;
    this.requests.set(socket, under + by);
    if (this.closing && under + by === 0) socket.destroySoon();
  }
}
