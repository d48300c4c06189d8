import { lookup as resolve } from 'node:dns';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { ForbiddenError, UnavailableError, ValidationError, messageOf } from '../../../core/errors.js';
import { isPublicAddress } from '../../../core/public-address.js';
import type { Post, PostSender } from '../port.js';

const TIMEOUT_MS = 10_000;

/** Raised at connect time, with the name, for an address that is not on the public internet. */
class PrivateAddressError extends ForbiddenError {
  constructor(host: string) {
    super(
      `The host "${host}" is not on the public internet. An administrator can allow such webhooks with ATELIER_WEBHOOK_ALLOW_PRIVATE.`,
      { details: { field: 'url', host } },
    );
  }
}

/**
 * A sender over HTTP(S). The address is checked where the connection is made, on what the name resolves to at that
 * moment: a name that changes in between leads nowhere else. Answers are not read.
 */
export function createHttpSender(options: { allowPrivate: boolean }): PostSender {
  const lookup: RequestOptions['lookup'] = (host, asked, done) => {
    resolve(host, { ...asked, all: true }, (error, addresses) => {
      const inner =
        !error && !options.allowPrivate && !addresses.every(({ address }) => isPublicAddress(address));
      const failure = error ?? (inner ? new PrivateAddressError(host) : null);
      const [first] = addresses ?? [];
      if (failure || !first) done(failure ?? new Error(`"${host}" has no address`), '', 4);
      else if (asked.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
  return {
    async post({ url, headers, body }: Post) {
      const to = new URL(url);
      if (to.protocol !== 'http:' && to.protocol !== 'https:')
        throw new ValidationError('A webhook needs an http or https address.', [
          { field: 'url', message: 'must begin with http:// or https://' },
        ]);
      const host = to.hostname.replace(/^\[|\]$/g, '');
      // An address in figures is connected to without a look-up.
      if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
        throw new PrivateAddressError(host);
      const send = to.protocol === 'https:' ? httpsRequest : httpRequest;
      return new Promise((fulfil, reject) => {
        const request = send(
          to,
          {
            method: 'POST',
            headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
            lookup,
            agent: false,
            signal: AbortSignal.timeout(TIMEOUT_MS),
          },
          (response) => {
            fulfil({ status: response.statusCode ?? 0 });
            // Whoever answers at length is not listened to.
            response.destroy();
          },
        );
        request.on('error', (error) =>
          reject(
            error instanceof PrivateAddressError
              ? error
              : new UnavailableError(`"${to.host}" did not answer: ${messageOf(error)}`, { cause: error }),
          ),
        );
        request.end(body);
      });
    },
  };
}
