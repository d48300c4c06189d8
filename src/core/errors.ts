/**
 * What can go wrong, as types. An `AppError` is turned into an HTTP answer in one place (`http/error-handler.ts`)
 * and into a run's fate in one place (`engine/runner.ts`); nobody else interprets it.
 */

export interface AppErrorOptions {
  /** Facts for the reader: field names, limits, the value that stands. Never secrets. */
  details?: Record<string, unknown>;
  /** Whether the same call may succeed later without being changed. */
  retryable?: boolean;
  cause?: unknown;
}

/** Base of every error we throw on purpose. `code` is stable and part of the API. */
export class AppError extends Error {
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;

  constructor(
    readonly code: string,
    readonly httpStatus: number,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** One thing wrong with an input: where, and what would be right. */
export interface FieldProblem {
  /** Path in the input, such as `options.maxIterations`; empty for the input as a whole. */
  field: string;
  message: string;
}

/** Thrown when an input is malformed. Mend the named fields and call again. */
export class ValidationError extends AppError {
  constructor(
    message: string,
    readonly problems: FieldProblem[],
    options: AppErrorOptions & { code?: string; httpStatus?: number } = {},
  ) {
    super(options.code ?? 'validation_failed', options.httpStatus ?? 400, message, {
      ...options,
      details: { ...options.details, problems },
    });
  }
}

/** Thrown when nobody is known to be calling. Log in, or send a bearer token. */
export class UnauthorizedError extends AppError {
  constructor(
    message = 'Sign in, or send an API token as "Authorization: Bearer …".',
    options?: AppErrorOptions,
  ) {
    super('unauthorized', 401, message, options);
  }
}

/** Thrown when the caller is known and may not do this. Ask someone whose role allows it. */
export class ForbiddenError extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('forbidden', 403, message, options);
  }
}

/** Thrown when a thing does not exist *for this caller*; foreign things look the same as missing ones. */
export class NotFoundError extends AppError {
  constructor(what: string, id: string) {
    super('not_found', 404, `There is no ${what} "${id}" that you can see.`, { details: { what, id } });
  }
}

/** Thrown when the state has moved on: a second decision, a status that does not allow this. Reload and look. */
export class ConflictError extends AppError {
  constructor(code: string, message: string, options?: AppErrorOptions) {
    super(code, 409, message, options);
  }
}

/** Thrown when a dependency (Postgres, a queue, a provider) is away for the moment. Call again later. */
export class UnavailableError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('unavailable', 503, message, { ...options, retryable: true });
  }
}

/** Thrown inside a run when its lease was taken over or its session cancelled: stop, write nothing more. */
export class LeaseLostError extends AppError {
  constructor(sessionId: string, fence: number) {
    super('lease_lost', 409, `Run ${fence} of session ${sessionId} no longer holds the lease.`, {
      details: { sessionId, fence },
    });
  }
}

/** Thrown when a model's answer stayed unusable after the allowed corrections. A human has to look. */
export class ModelOutputError extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('model_output_invalid', 502, message, options);
  }
}

/** Thrown when a provider refuses or fails a call. `retryable` says whether waiting helps. */
export class ModelCallError extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('model_call_failed', 502, message, options);
  }
}

/**
 * Thrown before a model call that a hard limit or a budget has no room for; nothing was spent. `limit_reached`: wait
 * for the next day (UTC) or raise the profile's limit. `budget_reached`: extend the session's budget, and it goes on
 * where it stood. `price_unknown`: a limit in dollars cannot be kept without a price; set one in `modelPrices`.
 */
export class LimitReachedError extends AppError {
  constructor(
    code: 'limit_reached' | 'budget_reached' | 'price_unknown',
    message: string,
    options?: AppErrorOptions,
  ) {
    super(code, 429, message, options);
  }
}

/** Thrown when no sandbox may run this code here, or one broke. Nothing was run. */
export class SandboxError extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('sandbox_unavailable', 503, message, options);
  }
}

/** Thrown when the configuration or the machine cannot work as set. Lists every problem at once. */
export class ConfigError extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('config_invalid', 500, message, options);
  }
}

/** The message of anything thrown, for logs and summaries. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
