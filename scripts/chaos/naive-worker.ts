// One worker process of the control. Arguments: the database's URL, and Redis's or an empty string.
import { naiveWorker } from './naive.js';

process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
const [, , databaseUrl = '', redisUrl = ''] = process.argv;
await naiveWorker({ databaseUrl, redisUrl });
process.send?.('ready');
