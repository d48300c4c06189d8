import { createServer, type Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import express, { type Express, type Handler } from 'express';
import helmet from 'helmet';
import type { App } from '../app.js';
import { AppError, ConfigError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import { mountRoutes } from './dispatch.js';
import { Connections } from './connections.js';
import { errorHandler } from './error-handler.js';
import { HttpMetrics } from './metrics.js';
import { routeTable } from './routes/table.js';
import { limitArrival, UPLOAD_TIME } from './upload.js';

/** Time an idle connection is kept, in ms. */
const KEEP_ALIVE_TIMEOUT = 75_000;
/** Time a client has for its headers, and to read on, in ms. */
const HEADERS_TIMEOUT = 10_000;
const SOCKET_TIMEOUT = 120_000;
/** Time that requests under way have when the server closes, in ms. */
const CLOSE_GRACE = 5_000;

export interface HttpServerOptions {
  /** How often event streams send a heartbeat and check the reader again, in ms. */
  heartbeatMs?: number;
  /** Handlers with their own sign-in, own headers and own pages, each below its path (the panel, say). */
  mounts?: readonly { path: string; handler: Handler }[];
}

/** A server that listens. */
export interface RunningServer {
  url: string;
  port: number;
  /** Takes no more requests, ends the event streams, gives the others five seconds. Safe to call twice. */
  close(): Promise<void>;
}

export interface HttpServer {
  express: Express;
  /** @throws ConfigError when the address cannot be listened on */
  listen(): Promise<RunningServer>;
}

/** The HTTP API over an app, at the configuration's host and port (port 0: a free one). */
export function createHttpServer(app: App, options: HttpServerOptions = {}): HttpServer {
  const closing = new AbortController();
  const metrics = new HttpMetrics();
  const server = express();
  server.set('case sensitive routing', true);
  server.set('query parser', 'simple');
  server.set('trust proxy', false);
  server.disable('etag');
  server.disable('x-powered-by');

  server.use((req, res, next) => {
    limitArrival(req);
    res.setHeader('X-Request-Id', newId());
    next();
  });
  for (const { path, handler } of options.mounts ?? []) server.use(path, handler);
  server.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      referrerPolicy: { policy: 'no-referrer' },
      xFrameOptions: { action: 'deny' },
      // Whether the other names of a domain speak TLS is its owner's to say.
      strictTransportSecurity: { includeSubDomains: false },
    }),
  );
  server.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  const routes = routeTable({ metrics, heartbeatMs: options.heartbeatMs ?? 15_000 });
  mountRoutes(server, routes, { app, metrics, closing: closing.signal });
  server.use((req) => {
    throw new AppError('no_such_route', 404, `There is nothing at ${req.path}. See /docs for what there is.`);
  });
  server.use(errorHandler(app.log));

  return {
    express: server,
    async listen() {
      const http = createServer(
        {
          headersTimeout: HEADERS_TIMEOUT,
          // For uploads; `limitArrival` gives all others less.
          requestTimeout: UPLOAD_TIME,
          connectionsCheckingInterval: 5_000,
          // Longer than clients and proxies keep an idle connection, so that none sends into one we just closed.
          keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
        },
        server,
      );
      http.setTimeout(SOCKET_TIMEOUT);
      const connections = new Connections(http);
      const { port } = await bind(http, app.config.port, app.config.host);
      const url = urlOf(app.config.host, port);
      app.log.info({ url }, 'listening');
      return { url, port, close: () => shutDown(http, connections, closing) };
    },
  };
}

async function bind(http: Server, port: number, host: string): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const help = error.code === 'EADDRINUSE' ? 'something else listens there; set PORT' : error.message;
      reject(
        new ConfigError(`Cannot listen on ${host} port ${port}: ${help}.`, {
          cause: error,
          details: { host, port },
        }),
      );
    });
    http.listen(port, host, resolve);
  });
  const address = http.address();
  if (address === null || typeof address === 'string')
    throw new ConfigError(`HOST "${host}" is no network address.`);
  return address;
}

/** An address that a person on this machine can open. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

async function shutDown(http: Server, connections: Connections, closing: AbortController): Promise<void> {
  if (!http.listening) return;
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  closing.abort();
  connections.closeQuiet();
  const timer = setTimeout(() => http.closeAllConnections(), CLOSE_GRACE);
  await closed;
  clearTimeout(timer);
}
