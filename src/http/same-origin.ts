import type { IncomingMessage } from 'node:http';
import { ForbiddenError } from '../core/errors.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and come from another site's page: whoever is signed in by a cookie could
 * be made to send them. Browsers say where a request comes from; one that says nothing is no browser of today.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 * @throws ForbiddenError when the method is unsafe and neither Sec-Fetch-Site nor Origin names this very site
 */
export function requireSameOrigin(req: IncomingMessage): void {
  if (SAFE.has(req.method ?? '')) return;
  const site = req.headers['sec-fetch-site'];
  if (site === 'same-origin') return;
  if (site === undefined && isOwnOrigin(req.headers.origin, req.headers.host)) return;
  throw new ForbiddenError(
    'This request does not come from a page of this server. Open the panel here and try again, or use an API token.',
    { details: { header: 'Origin' } },
  );
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || host === undefined) return false;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
