// `npm run demo`, and `npm run demo -- "a mission" --yes --json`: see src/cli/demo/demo.ts.
import { createPanel } from '../admin/index.js';
import { demo } from '../src/cli/demo/demo.js';

process.exitCode = await demo(process.argv.slice(2), process, createPanel);
