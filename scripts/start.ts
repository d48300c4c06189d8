// `npm start`, and `npm run start -- api|worker|all`: see src/cli/serve.ts.
import { createPanel } from '../admin/index.js';
import { serve } from '../src/cli/serve.js';

process.exitCode = await serve(process.argv.slice(2), process, createPanel);
