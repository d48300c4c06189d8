import { STATUS_CODES } from 'node:http';
import { types } from 'node:util';
import type { NextFunction, Request, Response } from 'express';
import { isPassingDatabaseError } from '../db/passing-error.js';
import { AppError, ConflictError, UnavailableError, type FieldProblem } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { ProblemView } from './problem.js';

/** Longest text of a request that an error says back, in characters, and most problems it lists. */
const MAX_TEXT = 500;
const MAX_PROBLEMS = 50;

/** Postgres and network codes that mean "away for the moment": SQLSTATE classes 08, 53 and 57P, and Node's own. */
const AWAY =
  /^(08...|53...|57P..|ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENETUNREACH)$/;
/** Serialization failure and deadlock: the same request succeeds when it is sent again. */
const CLASHED = /^(40001|40P01)$/;
const UNIQUE_VIOLATION = '23505';

/** What body-parser and Express call their own refusals, in our codes. */
const REFUSALS: Readonly<Record<string, { code: string; message: string }>> = {
  'entity.too.large': { code: 'body_too_large', message: 'The body is larger than 1 MiB.' },
  'entity.parse.failed': { code: 'malformed_json', message: 'The body is not well-formed JSON.' },
  'charset.unsupported': { code: 'unsupported_media_type', message: 'The body must be JSON in UTF-8.' },
  'encoding.unsupported': {
    code: 'unsupported_media_type',
    message: 'The Content-Encoding is not known here; send the body plain, or with gzip, deflate or br.',
  },
  'request.size.invalid': {
    code: 'malformed_request',
    message: 'The body has another length than announced.',
  },
};

/**
 * The one place where an error becomes an HTTP answer: an `AppError` as it says, a refusal of the HTTP layer as
 * a 4xx, a dependency that is away as 503 with Retry-After, and anything else as a 500 that tells nothing but
 * the request's id, under which the log has the rest.
 */
export function errorHandler(log: Logger) {
  // Express knows an error handler by its four parameters.
  return (error: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const requestId = String(res.getHeader('X-Request-Id') ?? '');
    const known = asAppError(error);
    if (res.headersSent) {
      log.warn({ err: error, requestId }, 'an answer broke off');
      res.destroy();
      return;
    }
    if (!known || known.httpStatus >= 500)
      log[known?.retryable ? 'warn' : 'error']({ err: error, requestId, path: req.path }, 'a request failed');
    const problem = toProblem(known, req.path, requestId);
    res.status(problem.status).set(headersFor(known)).type('application/problem+json');
    res.send(JSON.stringify(problem));
  };
}

function toProblem(error: AppError | null, path: string, requestId: string): ProblemView {
  const status = error?.httpStatus ?? 500;
  return {
    // Facts of an error of our own doing stay in the log; those of a refusal help to mend the request.
    ...(error && (status < 500 || status === 503) && shorten(error.details)),
    type: `urn:atelier:problem:${error?.code ?? 'internal_error'}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error
      ? cut(error.message)
      : `Something went wrong here; it is not your request. The log has it under ${requestId}.`,
    instance: cut(path),
    code: error?.code ?? 'internal_error',
    retryable: error?.retryable ?? false,
    requestId,
  };
}

function headersFor(error: AppError | null): Record<string, string> {
  if (!error) return {};
  const { retryAfterSeconds, allow } = error.details;
  return {
    ...(error.httpStatus === 401 && { 'WWW-Authenticate': 'Bearer realm="atelier"' }),
    ...(error.httpStatus === 503 && { 'Retry-After': '2' }),
    ...(typeof retryAfterSeconds === 'number' && { 'Retry-After': String(retryAfterSeconds) }),
    ...(typeof allow === 'string' && { Allow: allow }),
  };
}

/** The error as one of ours, or null when it is a defect. */
function asAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (!isError(error)) return null;
  const codes = codesOf(error);
  if (codes.some((code) => CLASHED.test(code)))
    return new UnavailableError('Another request got in between. Send this one again.', { cause: error });
  if (isPassingDatabaseError(error) || codes.some((code) => AWAY.test(code)) || isFatal(error))
    return new UnavailableError('The database is away for the moment. Try again in a few seconds.', {
      cause: error,
    });
  if (codes.includes(UNIQUE_VIOLATION))
    return new ConflictError('already_exists', 'Another request has just made the same thing.', {
      cause: error,
    });
  return asRefusal(error);
}

/** What Express and body-parser refuse carries a 4xx status. */
function asRefusal(error: Error & { status?: unknown; type?: unknown }): AppError | null {
  if (typeof error.status !== 'number' || error.status < 400 || error.status > 499) return null;
  const refusal = REFUSALS[String(error.type)] ?? {
    code: 'malformed_request',
    message: 'The request is malformed: its path or its body cannot be decoded.',
  };
  return new AppError(refusal.code, error.status, refusal.message, { cause: error });
}

/** The codes of an error, of the driver's error in it, and of its causes. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!isError(error) || depth > 4) return [];
  const { code, driverError, cause } = error as Error & { code?: unknown; driverError?: unknown };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...codesOf(driverError, depth + 1),
    ...codesOf(cause, depth + 1),
  ];
}

/** Errors of Node itself are no `instanceof Error` where code runs in a context of its own. */
function isError(error: unknown): error is Error {
  return types.isNativeError(error);
}

/** Postgres says FATAL when it ends or refuses a connection. */
function isFatal(error: Error & { severity?: unknown; driverError?: unknown }): boolean {
  const { driverError } = error;
  return error.severity === 'FATAL' || (isError(driverError) && isFatal(driverError));
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…`.toWellFormed() : text.toWellFormed();
}

function shorten(details: Record<string, unknown>): Record<string, unknown> {
  const { problems, allow: _allow, ...rest } = details;
  if (!Array.isArray(problems)) return rest;
  const shown = (problems as FieldProblem[])
    .slice(0, MAX_PROBLEMS)
    .map(({ field, message }) => ({ field: cut(field), message: cut(message) }));
  return { ...rest, problems: shown };
}
