import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { createHandler } from './http.js';
import { LinkService, randomCode } from './links.js';
import { createMemoryStore, openFileStore } from './store.js';

/**
 * Starts the service.
 * @param {object} [options]
 * @param {number} [options.port] 0 takes any free port
 * @param {string} [options.host]
 * @param {string} [options.dataFile] without it, links are kept in memory only
 * @param {string} [options.baseUrl] what short URLs begin with
 * @param {() => number} [options.now] milliseconds since the epoch
 * @param {() => string} [options.generateCode]
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 * @throws if the data file cannot be understood or the port is taken
 */
export async function startServer({
  port = 0,
  host = '127.0.0.1',
  dataFile,
  baseUrl,
  now = Date.now,
  generateCode = randomCode,
} = {}) {
  const store = dataFile === undefined ? createMemoryStore() : openFileStore(dataFile);
  const links = await LinkService.open({ store, now, generateCode });
  let origin = '';
  const base = baseUrl?.replace(/\/+$/, '');
  const server = createServer(createHandler({ links, now, baseUrl: () => base ?? origin }));
  server.listen(port, host);
  await once(server, 'listening');
  origin = `http://${host}:${server.address().port}`;

  return {
    origin,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await closed;
      await links.close();
    },
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { PORT = '8080', HOST, DATA_FILE = 'data/links.json', BASE_URL } = process.env;
  const service = await startServer({
    port: Number(PORT),
    host: HOST,
    dataFile: DATA_FILE,
    baseUrl: BASE_URL,
  });
  console.log(`listening on ${service.origin}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void service.close());
}
