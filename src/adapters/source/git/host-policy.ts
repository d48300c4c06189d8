import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ForbiddenError, UnavailableError } from '../../../core/errors.js';
import { isPublicAddress } from '../../../core/public-address.js';

/** A host to go to, and the one address that was found fit. */
export interface ResolvedHost {
  /** Without brackets. */
  address: string;
}

/** Whether an administrator has named this host, as `host` or `host:port`. */
export function isListed(host: string, port: number, allowed: readonly string[]): boolean {
  return allowed.some((entry) => entry === host || entry === `${host}:${port}`);
}

/**
 * Resolves a host once. The address given is the one to connect to: were the name looked up again, its owner
 * could answer with an inner address then.
 * @param allowed hosts that may be private, because an administrator listed them
 * @throws ForbiddenError when any of its addresses is private and it is not listed
 * @throws UnavailableError when the name does not resolve
 */
export async function resolveHost(
  host: string,
  port: number,
  allowed: readonly string[],
): Promise<ResolvedHost> {
  const bare = host.replace(/^\[|\]$/g, '');
  const found = isIP(bare)
    ? [{ address: bare }]
    : await lookup(bare, { all: true }).catch((error: unknown) => {
        throw new UnavailableError(`The host "${host}" of the git URL cannot be found.`, { cause: error });
      });
  const first = found[0];
  if (!first) throw new UnavailableError(`The host "${host}" of the git URL has no address.`);
  if (!isListed(host, port, allowed) && !found.every(({ address }) => isPublicAddress(address)))
    throw new ForbiddenError(
      `The host "${host}" of the git URL is not on the public internet. An administrator can allow it in ATELIER_GIT_HOSTS.`,
      { details: { field: 'source.url', host } },
    );
  return { address: first.address };
}
