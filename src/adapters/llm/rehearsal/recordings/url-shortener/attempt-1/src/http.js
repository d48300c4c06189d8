import { ApiError } from './errors.js';
import { totalClicks } from './links.js';
import { parseNewLink, parsePeriod } from './validate.js';

const MAX_BODY_BYTES = 16 * 1024;

/**
 * The request listener of the service.
 * @param {{ links: import('./links.js').LinkService, now: () => number, baseUrl: () => string }} options
 *   `baseUrl` is a function because the port is known only after listening
 */
export function createHandler({ links, now, baseUrl }) {
  const present = (link) => ({
    code: link.code,
    shortUrl: `${baseUrl()}/${link.code}`,
    url: link.url,
    createdAt: link.createdAt,
    expiresAt: link.expiresAt,
    totalClicks: totalClicks(link),
  });

  const follow = (count) => async (code) => ({
    status: 302,
    // Without no-store a browser would skip the service next time, and the click with it.
    headers: { location: links.follow(code, { count }), 'cache-control': 'no-store' },
  });

  const routes = [
    {
      path: /^\/api\/links$/,
      async POST(_, { request }) {
        const { link, created } = await links.shorten(parseNewLink(await readJson(request)));
        return { status: created ? 201 : 200, body: present(link) };
      },
      GET: async () => ({ status: 200, body: { links: links.list().map(present) } }),
    },
    {
      path: /^\/api\/links\/([^/]+)$/,
      GET: async (code) => ({ status: 200, body: present(links.get(code)) }),
      async DELETE(code) {
        await links.remove(code);
        return { status: 204 };
      },
    },
    {
      path: /^\/api\/links\/([^/]+)\/stats$/,
      GET: async (code, { query }) => ({ status: 200, body: links.stats(code, parsePeriod(query, now())) }),
    },
    { path: /^\/([^/]+)$/, GET: follow(true), HEAD: follow(false) },
  ];

  async function answer(request) {
    // Split by hand: the URL parser throws on targets such as "//", which any client may send.
    const [path, search = ''] = request.url.split('?', 2);
    for (const { path: pattern, ...methods } of routes) {
      const match = pattern.exec(path);
      if (match === null) continue;
      if (!Object.hasOwn(methods, request.method)) {
        const error = new ApiError(405, 'method_not_allowed', `${request.method} is not supported here`);
        return { ...toAnswer(error), headers: { allow: Object.keys(methods).join(', ') } };
      }
      return methods[request.method](match[1], { request, query: new URLSearchParams(search) });
    }
    throw new ApiError(404, 'not_found', `there is nothing at ${path}`);
  }

  return async (request, response) => {
    const { status, headers = {}, body } = await answer(request).catch(toAnswer);
    if (body === undefined) {
      response.writeHead(status, headers).end();
      return;
    }
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  };
}

function toAnswer(error) {
  if (error instanceof ApiError) {
    const { status, code, message, field } = error;
    return { status, body: { error: { code, message, ...(field !== undefined && { field }) } } };
  }
  console.error(error);
  return { status: 500, body: { error: { code: 'internal', message: 'something went wrong' } } };
}

async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    // Read on without keeping: a client that is still sending would not see the answer otherwise.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) {
    throw new ApiError(413, 'body_too_large', `the body must not be larger than ${MAX_BODY_BYTES} bytes`);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ApiError(400, 'bad_json', 'the body must be JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiError(400, 'bad_json', 'the body must be a JSON object');
  }
  return body;
}
