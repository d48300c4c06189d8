import { AppError, type FieldProblem } from '../core/errors.js';

/** What the API sends when it refuses: `application/problem+json` (RFC 9457) with our members. */
export interface Problem {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  retryable?: boolean;
  problems?: FieldProblem[];
  requestId?: string;
  [member: string]: unknown;
}

/** Thrown when the API refuses a request. `code` and `httpStatus` are the API's own. */
export class ApiError extends AppError {
  readonly problems: FieldProblem[];

  constructor(status: number, problem: Problem) {
    super(
      problem.code ?? `http_${status}`,
      status,
      problem.detail ?? problem.title ?? `The server answered with status ${status}.`,
      { details: { ...problem }, retryable: problem.retryable },
    );
    this.problems = problem.problems ?? [];
  }
}

/** Thrown when a command is used in a way it cannot be; exit code 2. The message says what would be right. */
export class UsageError extends AppError {
  constructor(message: string) {
    super('wrong_use', 400, message);
  }
}

/** Thrown when a person stops a command with Ctrl-C or a signal. Nothing went wrong. */
export class InterruptedError extends AppError {
  constructor(readonly signalName: NodeJS.Signals) {
    super('interrupted', 499, 'Stopped.');
  }
}
