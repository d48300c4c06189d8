import express, { type Request, type Response } from 'express';
import { AppError, ValidationError } from '../core/errors.js';
import { hasBody } from './upload.js';

/** Largest body in bytes, unpacked. */
export const MAX_BODY = 1024 * 1024;
/** Deepest nesting of arrays and objects. */
const MAX_DEPTH = 64;

const parse = express.json({ limit: MAX_BODY, strict: false, type: () => true });

/**
 * Reads the JSON body of a request.
 * @returns undefined when there is none
 * @throws AppError `unsupported_media_type` (415) for a body that is not JSON by its Content-Type
 * @throws ValidationError for JSON nested deeper than 64 levels, or with text that Postgres cannot keep
 * @throws HttpError of body-parser for a body that is too large or malformed
 */
export async function readBody(req: Request, res: Response): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  if (!req.is(['application/json', 'application/*+json']))
    throw new AppError('unsupported_media_type', 415, 'Send the body as "Content-Type: application/json".', {
      details: { contentType: req.headers['content-type'] ?? null },
    });
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new TypeError('The body cannot be read.'));
    });
  });
  const body: unknown = req.body;
  checkJson(body);
  return body;
}

/**
 * Refuses what no field of ours can mean: texts with NUL or lone surrogates (Postgres keeps neither, in text
 * nor in JSON), and nesting that only an attack needs. Walks without recursion.
 */
function checkJson(root: unknown): void {
  const open: { value: unknown; path: readonly string[] }[] = [{ value: root, path: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string') checkText(value, path);
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= MAX_DEPTH)
      throw new ValidationError(`The JSON is nested deeper than ${MAX_DEPTH} levels.`, [
        { field: path.slice(0, 3).join('.'), message: `holds more than ${MAX_DEPTH} levels` },
      ]);
    for (const [key, child] of Object.entries(value)) {
      checkText(key, path);
      open.push({ value: child, path: [...path, key] });
    }
  }
}

function checkText(text: string, path: readonly string[]): void {
  const wrong = text.includes('\u0000')
    ? 'contains a NUL character'
    : text.isWellFormed()
      ? null
      : 'is not well-formed Unicode';
  if (wrong === null) return;
  const field = path.join('.');
  throw new ValidationError(`The input is not valid: ${field || 'the input'} ${wrong}.`, [
    { field, message: wrong },
  ]);
}
