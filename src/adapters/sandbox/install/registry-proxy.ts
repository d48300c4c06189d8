import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../core/errors.js';

/** The names of packages and of their archives, and nothing else of a registry's paths. */
const PACKAGE =
  /^\/(?:@[a-z0-9._~-]+(?:\/|%2f))?[a-z0-9._~-]+(?:\/-\/(?:@[a-z0-9._~-]+\/)?[a-z0-9._~+-]+\.tgz)?$/i;
const UPSTREAM_MS = 30_000;
/** A package's metadata is held in memory while its addresses are changed. */
const METADATA_BYTES = 64 * 1024 ** 2;

export interface RegistryProxyOptions {
  /** Base addresses, asked in this order until one has the package. */
  registries: readonly string[];
  /** Where to listen: a path for a unix socket that does not exist yet. */
  socketPath: string;
  /** What all answers together may have, in bytes; beyond it connections end. */
  maxBytes: number;
}

export interface RegistryProxy {
  /** What was refused, in words, for the report. */
  refused: string[];
  close(): Promise<void>;
}

/**
 * Listens on a unix socket and hands on to the registries what is a reading request for a package, with no header of
 * the asker's and no query. Addresses of archives in the answers are changed so that they come through here as well.
 */
export async function startRegistryProxy(options: RegistryProxyOptions): Promise<RegistryProxy> {
  const bases = options.registries.map(
    (registry) => new URL(registry.endsWith('/') ? registry : `${registry}/`),
  );
  const refused: string[] = [];
  const budget = { left: options.maxBytes };
  const ended = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response, { bases, refused, budget, signal: ended.signal }).catch((error: unknown) => {
      refused.push(`${request.method} ${request.url}: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
  });
  // A tunnel to another host is no reading request.
  server.on('connect', (request, socket) => {
    refused.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socketPath, resolve);
  });
  return {
    refused,
    async close() {
      ended.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

interface Door {
  bases: readonly URL[];
  refused: string[];
  budget: { left: number };
  signal: AbortSignal;
}

async function answer(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
  const { method = '', url = '' } = request;
  const path = pathOf(url, door.bases);
  if ((method !== 'GET' && method !== 'HEAD') || path === undefined) {
    door.refused.push(`${method} ${url}`);
    response.writeHead(path === undefined ? 404 : 405).end();
    return;
  }
  const archive = path.endsWith('.tgz');
  for (const base of door.bases) {
    const found = await fetch(new URL(path.slice(1), base), {
      method,
      redirect: 'error',
      headers: {
        accept: archive ? '*/*' : 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8',
      },
      signal: AbortSignal.any([door.signal, AbortSignal.timeout(UPSTREAM_MS)]),
    });
    if (found.status === 404 && base !== door.bases.at(-1)) {
      await found.body?.cancel();
      continue;
    }
    const type = found.headers.get('content-type') ?? 'application/octet-stream';
    const body = found.body ? Readable.fromWeb(found.body) : Readable.from([]);
    if (archive || method === 'HEAD' || !found.ok) {
      response.writeHead(found.status, { 'content-type': type });
      await pipeline(body, counted(door.budget), response);
      return;
    }
    const text = rewritten(
      await read(body.pipe(counted(door.budget))),
      door.bases,
      request.headers.host ?? '',
    );
    response.writeHead(found.status, { 'content-type': type }).end(text);
    return;
  }
}

/** A request's path below the registry, without query; undefined when it names no package. */
function pathOf(url: string, bases: readonly URL[]): string | undefined {
  if (!url.startsWith('/') || url.startsWith('//')) return undefined;
  let [path = ''] = url.split('?');
  // A lock file may name an archive by its whole path at a registry that does not live at the root of its host.
  const base = bases.find(({ pathname }) => pathname !== '/' && path.startsWith(pathname));
  if (base) path = path.slice(base.pathname.length - 1);
  return PACKAGE.test(path) && !path.includes('..') ? path : undefined;
}

/** Counts what passes against what is left for all. */
function counted(budget: { left: number }): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      budget.left -= chunk.length;
      if (budget.left < 0) done(new Error('the dependencies are larger than the limit'));
      else done(null, chunk);
    },
  });
}

async function read(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > METADATA_BYTES) throw new Error('the metadata is larger than the limit');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Metadata whose archives are to be fetched from here. */
function rewritten(text: string, bases: readonly URL[], host: string): string {
  return bases.reduce(
    (done, base) => done.replaceAll(`"tarball":"${base.href}`, `"tarball":"http://${host}/`),
    text,
  );
}
