import type { Request } from 'express';
import { AppError, UnavailableError } from '../core/errors.js';

/** A body that is taken as bytes, not as JSON. */
export interface Upload {
  /** What it may be by its Content-Type. */
  mediaTypes: readonly string[];
  /** Largest body. */
  maxBytes: number;
}

/** Time that a body has to arrive, in ms: any, and an upload of somebody who may upload. */
const BODY_TIME = 30_000;
export const UPLOAD_TIME = 10 * 60_000;
/** Uploads that are read and taken in at once: each is held in memory, as is what it unpacks to. */
const AT_ONCE = 4;

const admitted = new WeakSet<object>();

/** Whether a request brings a body along. */
export function hasBody({ headers }: Pick<Request, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Ends the connection when a body has not arrived after thirty seconds, unless `Uploads` let it in. */
export function limitArrival(req: Request): void {
  if (!hasBody(req)) return;
  const timer = setTimeout(() => {
    if (!req.complete && !admitted.has(req)) req.socket.destroy();
  }, BODY_TIME).unref();
  req.once('close', () => clearTimeout(timer));
}

/** Reads the uploads of a server, a few at a time. */
export class Uploads {
  private underWay = 0;

  /**
   * Reads the body, no further than it may be long, and works on it.
   * @throws AppError `unsupported_media_type` (415) for another Content-Type, or a Content-Encoding
   * @throws AppError `body_too_large` (413)
   * @throws UnavailableError while too many others upload; what `work` throws
   */
  async use<T>(req: Request, upload: Upload, work: (bytes: Buffer) => Promise<T>): Promise<T> {
    checkType(req, upload);
    if (Number(req.headers['content-length'] ?? 0) > upload.maxBytes) throw tooLarge(upload);
    if (this.underWay >= AT_ONCE)
      throw new UnavailableError('Too many uploads are under way. Send this one again in a few seconds.');
    this.underWay += 1;
    try {
      admitted.add(req);
      return await work(await bytesOf(req, upload));
    } finally {
      this.underWay -= 1;
    }
  }
}

function checkType(req: Request, { mediaTypes }: Upload): void {
  const { 'content-type': contentType = null, 'content-encoding': encoding } = req.headers;
  const known =
    contentType !== null && mediaTypes.includes(contentType.split(';')[0]?.trim().toLowerCase() ?? '');
  if (known && (encoding === undefined || encoding === 'identity')) return;
  throw new AppError(
    'unsupported_media_type',
    415,
    `Send the file as it is, without a Content-Encoding, as one of these Content-Types: ${mediaTypes.join(', ')}.`,
    { details: { contentType } },
  );
}

function bytesOf(req: Request, upload: Upload): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // It goes on being read, into nothing, once it is too large: the client sees the answer when it has sent all.
    req.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= upload.maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge(upload));
      }
    });
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', (cause) =>
      reject(new AppError('upload_broke_off', 400, 'The upload broke off before its end.', { cause })),
    );
  });
}

function tooLarge({ maxBytes }: Upload): AppError {
  return new AppError(
    'body_too_large',
    413,
    `The file is larger than ${maxBytes} bytes. Leave dependencies, data and build output out.`,
    { details: { maxBytes } },
  );
}
