import type { Express, Request, RequestHandler, Response } from 'express';
import type { App } from '../app.js';
import { AppError } from '../core/errors.js';
import { requireRole } from '../services/sessions.js';
import { authenticate } from './auth.js';
import { readBody } from './body.js';
import type { HttpMetrics } from './metrics.js';
import { noBody, type JsonReply, type Reply, type Route, type StreamReply } from './route.js';
import { Uploads } from './upload.js';

export interface DispatchParts {
  app: App;
  metrics: HttpMetrics;
  /** Aborts when the server closes. */
  closing: AbortSignal;
}

/** Puts a route table on Express; a path that is there with another method is answered with 405. */
export function mountRoutes(express: Express, routes: readonly Route[], parts: DispatchParts): void {
  const uploads = new Uploads();
  // Path by path: other methods of `/settings/agents` must not come out at a later `/settings/:key`.
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    for (const route of here) express[route.method](path, handlerOf(route, parts, uploads));
    const methods = here.map(({ method }) => method.toUpperCase());
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
    express.all(path, (req) => {
      throw new AppError('method_not_allowed', 405, `${req.method} is not possible here, only ${allow}.`, {
        details: { allow },
      });
    });
  }
}

/** Authenticate, authorise, read, run, answer: the same for every route, so that no route can forget one. */
function handlerOf(route: Route, { app, metrics, closing }: DispatchParts, uploads: Uploads): RequestHandler {
  return async (req, res) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const stream = res.getHeader('Content-Type')?.toString().startsWith('text/event-stream') ?? false;
      const seconds = stream ? 0 : (performance.now() - startedAt) / 1000;
      metrics.answered({ method: req.method, route: route.path, status: res.statusCode, seconds });
      app.log.debug(
        {
          requestId: res.getHeader('X-Request-Id'),
          method: req.method,
          route: route.path,
          status: res.statusCode,
        },
        'request',
      );
    });
    const caller = route.access === 'public' ? null : await authenticate(app, req);
    if (caller && route.access !== 'public') requireRole(caller, route.access);
    const run = (body: unknown): Promise<Reply> =>
      route.run({
        app,
        caller,
        params: req.params,
        query: req.query,
        body,
        ip: req.ip,
        requestId: String(res.getHeader('X-Request-Id')),
        header: (name) => req.get(name),
      });
    const reply = route.upload
      ? await uploads.use(req, route.upload, run)
      : await run(route.body === noBody ? undefined : await readBody(req, res));
    if ('send' in reply) await stream(req, res, reply, closing);
    else answer(res, reply);
  };
}

function answer(res: Response, { status, headers, body }: JsonReply): void {
  res.status(status).set(headers ?? {});
  if (body === undefined) res.end();
  else res.json(body);
}

/** Node's codes for a stream that its reader has left. */
const LEFT = /^(ABORT_ERR|ERR_STREAM_PREMATURE_CLOSE|EPIPE|ECONNRESET)$/;

const codeOf = (error: Error & { code?: unknown }): string =>
  typeof error.code === 'string' ? error.code : '';

async function stream(req: Request, res: Response, reply: StreamReply, closing: AbortSignal): Promise<void> {
  res.status(reply.status).set(reply.headers);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const left = new AbortController();
  res.once('close', () => left.abort());
  try {
    await reply.send(res, AbortSignal.any([left.signal, closing]));
  } catch (error) {
    // A client that leaves is no failure; whatever else broke off is one, though the client is gone by now too.
    if (!left.signal.aborted || closing.aborted || !(error instanceof Error) || !LEFT.test(codeOf(error)))
      throw error;
  }
}
