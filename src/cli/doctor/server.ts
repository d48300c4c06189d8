import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import type { UserView } from '../../http/presenters/user.js';
import { linkSignals } from '../abort.js';
import { AtelierClient } from '../client.js';
import { broken, ok, type Check } from './check.js';

const TIMEOUT_MS = 5000;
const readiness = z.object({ checks: z.record(z.string(), z.unknown()) });

/**
 * Asks a server that runs already how it is.
 * @param token absent when none was found
 */
export async function checkServer(
  url: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const { signal: limit } = linkSignals([signal], TIMEOUT_MS);
    const response = await fetch(new URL('/readyz', url), { signal: limit });
    const body = readiness.safeParse(await response.json().catch(() => undefined)).data;
    const bad = Object.entries(body?.checks ?? {}).filter(([, state]) => state !== 'ok');
    if (response.ok) checks.push(ok('Server', `${url} is ready, with its database and queue`));
    else {
      const why = bad.map(([part, state]) => `${part}: ${String(state)}`).join('; ');
      checks.push(
        broken('Server', `${url} is not ready. ${why}`, 'Look at its log; it serves again when they do.'),
      );
    }
  } catch (error) {
    const found = `${url} does not answer: ${messageOf(error)}`;
    return [broken('Server', found, 'Start it, or check ATELIER_URL.')];
  }
  try {
    if (token === undefined) throw new Error('there is none');
    const me = await new AtelierClient({ url, token, signal }).get<UserView>('/me');
    checks.push(ok('Token', `acts as ${me.email}, role ${me.role}`));
  } catch (error) {
    checks.push(
      broken(
        'Token',
        messageOf(error),
        'Set ATELIER_TOKEN; "atelier tokens create" on the server makes one.',
      ),
    );
  }
  return checks;
}
