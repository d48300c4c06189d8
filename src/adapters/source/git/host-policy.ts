import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ForbiddenError, UnavailableError } from '../../../core/errors.js';

/** Addresses that lead into the server's own network rather than to the internet (IANA's special registries). */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');

/** Of IPv6 only what is handed out as public unicast is let through, without the ranges that embed IPv4. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6');
const EMBEDDED_V6 = new BlockList();
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  EMBEDDED_V6.addSubnet(net, bits, 'ipv6');

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !PRIVATE.check(address, 'ipv4');
  if (isIP(address) === 6) return PUBLIC_V6.check(address, 'ipv6') && !EMBEDDED_V6.check(address, 'ipv6');
  return false;
}

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
