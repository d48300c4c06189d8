// One worker process of a chaos run: the whole app, configured by its environment, that takes work and nothing
// else. It says `ready` over its IPC channel, drains on SIGTERM, and ends with its parent.
import { loadConfig } from '../../src/core/config.js';
import { createApp } from '../../src/app.js';

const app = await createApp(loadConfig());
await app.startWorker();
let leaving: Promise<void> | undefined;
const leave = (): void => {
  leaving ??= app.close().then(() => process.exit(0));
};
process.once('SIGTERM', leave);
// A chaos run that was itself killed leaves no workers behind.
process.once('disconnect', leave);
process.send?.('ready');
