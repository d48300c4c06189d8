import type { IncomingMessage } from 'node:http';

/** The cookie of a browser that has signed in; its value is a token of its own, known by its hash alone. */
export const SESSION_COOKIE = 'atelier_session';

/** The token in a request's cookie, or undefined. */
export function cookieToken(req: IncomingMessage): string | undefined {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== SESSION_COOKIE) continue;
    const value = part.slice(at + 1).trim();
    return /^[\x21-\x7e]{1,512}$/.test(value) ? value : undefined;
  }
  return undefined;
}

/**
 * The header that sets the cookie, or takes it away when there is no token. Lax, so that a link in a message opens
 * the page it names; what changes anything is guarded by `requireSameOrigin`.
 * @param secure whether people reach the server over TLS
 */
export function sessionCookie(
  token: string | null,
  { secure, days }: { secure: boolean; days: number },
): string {
  const life = token === null ? 0 : days * 86_400;
  return [
    `${SESSION_COOKIE}=${token ?? ''}`,
    'Path=/',
    `Max-Age=${life}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ].join('; ');
}
