import { AppError, ModelCallError, messageOf } from '../../core/errors.js';
import type { ModelCallFailure, ModelRef } from './port.js';

/** What the mapping needs to know about the call that failed. */
export interface FailedCall {
  ref: ModelRef;
  /** The environment variable that configures the provider, for the way out. */
  envVariable?: string;
  /** The key that was sent; taken out of whatever the provider says. */
  apiKey?: string;
}

const MAX_MESSAGE = 400;
/** The forms in which providers issue keys; they echo them, in part, when they refuse one. */
const KEY_LIKE = /\b(?:sk-|key-|AIza|Bearer\s+)[\w.*-]{6,}/g;

function httpStatusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('status' in error && typeof error.status === 'number') return error.status;
  if ('status_code' in error && typeof error.status_code === 'number') return error.status_code;
  return undefined;
}

/** The HTTP status an SDK's error carries: `status` (OpenAI, Anthropic, Gemini), `status_code` (Ollama). */
function statusOf(error: unknown): number | undefined {
  const status = httpStatusOf(error);
  if (status !== undefined) return status;
  // Anthropic sends errors inside a stream that began with 200; there only the type tells.
  return /overloaded_error/.test(messageOf(error)) ? 529 : undefined;
}

function retryAfterMs(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // Google tells it in the body: [{ '@type': '…RetryInfo', retryDelay: '17s' }].
  if ('errorDetails' in error && Array.isArray(error.errorDetails))
    for (const detail of error.errorDetails as unknown[]) {
      const delay = (detail as { retryDelay?: unknown } | null)?.retryDelay;
      const [, told] = typeof delay === 'string' ? (/^([0-9.]+)s$/.exec(delay) ?? []) : [];
      if (told !== undefined) return Number(told) * 1000;
    }
  if (!('headers' in error) || !(error.headers instanceof Headers)) return undefined;
  const text = error.headers.get('retry-after');
  if (text === null) return undefined;
  // Seconds, or the date on which to come back.
  const ms = /^[0-9.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Whether no connection came about, anywhere down the chain of causes. */
function neverArrived(error: unknown): boolean {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined) {
    const code = 'code' in at ? String(at.code) : '';
    const message = 'message' in at ? String(at.message) : '';
    if (
      /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT|bad port/.test(
        `${code} ${message}`,
      )
    )
      return true;
  }
  return false;
}

function redact(text: string, apiKey: string | undefined): string {
  const open = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]');
  // LangChain appends a troubleshooting link on a line of its own.
  const short = open.replace(KEY_LIKE, '[redacted]').split('\n\nTroubleshooting')[0] ?? '';
  return short.length > MAX_MESSAGE ? `${short.slice(0, MAX_MESSAGE)}…` : short;
}

interface Verdict {
  reason: ModelCallFailure;
  retryable: boolean;
  says: string;
}

function judge(
  status: number | undefined,
  said: string,
  name: string,
  { ref, envVariable }: FailedCall,
): Verdict {
  if (status === 401 || status === 403)
    return {
      reason: 'unauthorized',
      retryable: false,
      says: `refused the credentials (${status}); check ${envVariable ?? 'the key'}, and that it may use this model`,
    };
  if ((status === 429 || status === 402) && /quota|billing|credit/i.test(said))
    return { reason: 'quota_exhausted', retryable: false, says: `has no quota left (${status}): ${said}` };
  if (status === 429)
    return { reason: 'rate_limited', retryable: true, says: `limits the rate (429): ${said}` };
  if (status === 408 || status === 409 || (status !== undefined && status >= 500))
    return { reason: 'unavailable', retryable: true, says: `is not available (${status}): ${said}` };
  if (status === 404 && ref.provider === 'ollama')
    return {
      reason: 'bad_request',
      retryable: false,
      says: `does not have it (404); run: ollama pull ${ref.model}`,
    };
  if ((status !== undefined && status >= 400) || name === 'ContextOverflowError')
    return { reason: 'bad_request', retryable: false, says: `refused the call (${status ?? 400}): ${said}` };
  if (name === 'EmptyContentError' || name === 'ModelRefusalError')
    return { reason: 'refused', retryable: false, says: `gave no answer: ${said}` };
  return { reason: 'failed', retryable: true, says: `could not be reached, or broke off: ${said}` };
}

/**
 * Turns whatever a chat model threw into a ModelCallError: 401 and 403 name the variable to mend and are final;
 * 429, 5xx, 529 and network faults are retryable; other refusals are final. Errors of our own pass unchanged.
 * Keys are taken out, and the original, which may hold request headers, is not kept as the cause.
 */
export function toModelCallError(error: unknown, call: FailedCall): AppError {
  if (error instanceof AppError) return error;
  const inner = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const said = redact(`${messageOf(error)}${inner}`, call.apiKey);
  const status = statusOf(error);
  const { reason, retryable, says } = judge(status, said, error instanceof Error ? error.name : '', call);
  const { provider, model } = call.ref;
  return new ModelCallError(`${provider}:${model} ${says}`, {
    retryable,
    details: {
      reason,
      provider,
      model,
      status,
      retryAfterMs: retryAfterMs(error),
      // Refused with a status, or never connected: the model did nothing that could be billed.
      ...((httpStatusOf(error) !== undefined || neverArrived(error)) && { unbilled: true }),
    },
  });
}
