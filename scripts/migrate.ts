// `npm run migrate`, and `npm run migrate -- --revert`: the command `atelier migrate` under the name people look for.
import { main } from '../src/cli/main.js';

process.exitCode = await main(['migrate', ...process.argv.slice(2)]);
