import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Two tiny recordings in the rehearsal's format, for tests that must not change with the real ones. */
export const fixtureRecordings = join(dirname(fileURLToPath(import.meta.url)), 'recordings');
