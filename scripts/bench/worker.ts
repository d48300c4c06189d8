// One worker in a process of its own, as `npm run start -- worker`, with a model whose calls take a while longer.
//   node worker.js '{"DATABASE_URL": …}' <milliseconds>
import { once } from 'node:events';
import { createModelCatalog } from '../../src/adapters/llm/catalog.js';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/core/config.js';
import { createLogger } from '../../src/core/logger.js';
import { slowed } from './lab.js';

const [environment = '{}', slowMs = '0'] = process.argv.slice(2);
const config = loadConfig(JSON.parse(environment) as NodeJS.ProcessEnv);
const app = await createApp(config, {
  logger: createLogger({ level: 'warn', pretty: false }),
  catalog: slowed(createModelCatalog(config), Number(slowMs)),
});
await app.startWorker();
process.send?.('ready');
await once(process, 'disconnect');
await app.close();
