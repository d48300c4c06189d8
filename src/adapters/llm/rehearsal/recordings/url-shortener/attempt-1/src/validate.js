import { addDays, daysBetween, isDay, utcDay } from './days.js';
import { ApiError } from './errors.js';

const MAX_URL_LENGTH = 2048;
const MAX_PERIOD_DAYS = 366;
const DEFAULT_PERIOD_DAYS = 30;
const RESERVED = new Set(['api', 'health', 'favicon', 'robots']);
const NEW_LINK_FIELDS = new Set(['url', 'alias', 'expiresInDays']);

/**
 * Checks the body of a request for a new link.
 * @param {object} body parsed JSON
 * @returns {{ url: string, alias: string | null, expiresInDays: number | null }}
 */
export function parseNewLink(body) {
  for (const field of Object.keys(body)) {
    // A misspelt expiresInDays would otherwise silently make a link that lives for ever.
    if (!NEW_LINK_FIELDS.has(field)) throw ApiError.invalid(field, `unknown field "${field}"`);
  }
  return {
    url: parseTarget(body.url),
    alias: parseAlias(body.alias ?? null),
    expiresInDays: parseLifetime(body.expiresInDays ?? null),
  };
}

function parseTarget(value) {
  if (typeof value !== 'string') throw ApiError.invalid('url', 'url must be a string');
  if (!URL.canParse(value)) throw ApiError.invalid('url', 'url must be an absolute URL');
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw ApiError.invalid('url', 'url must begin with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw ApiError.invalid('url', 'url must not contain a user name or password');
  }
  // Measured after parsing: percent-encoding can make a URL three times as long as it was typed.
  if (url.href.length > MAX_URL_LENGTH) {
    throw ApiError.invalid('url', `url must not be longer than ${MAX_URL_LENGTH} characters`);
  }
  return url.href;
}

function parseAlias(value) {
  if (value === null) return null;
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{3,32}$/.test(value)) {
    throw ApiError.invalid('alias', 'alias must be 3 to 32 letters, digits, "-" or "_"');
  }
  if (RESERVED.has(value.toLowerCase())) throw ApiError.invalid('alias', `alias "${value}" is reserved`);
  return value;
}

function parseLifetime(value) {
  if (value === null) return null;
  if (!Number.isInteger(value) || value < 1 || value > 3650) {
    throw ApiError.invalid('expiresInDays', 'expiresInDays must be a whole number from 1 to 3650');
  }
  return value;
}

/**
 * Reads the period of a statistics request; both its days are included.
 * @param {URLSearchParams} query
 * @param {number} now milliseconds since the epoch
 * @returns {{ from: string, to: string }}
 */
export function parsePeriod(query, now) {
  const to = parseDay(query, 'to') ?? utcDay(now);
  const from = parseDay(query, 'from') ?? addDays(to, 1 - DEFAULT_PERIOD_DAYS);
  const span = daysBetween(from, to);
  if (span < 0) throw ApiError.invalid('from', `from (${from}) must not be after to (${to})`);
  if (span >= MAX_PERIOD_DAYS) {
    throw ApiError.invalid('from', `the period must not be longer than ${MAX_PERIOD_DAYS} days`);
  }
  return { from, to };
}

function parseDay(query, name) {
  const value = query.get(name);
  if (value !== null && !isDay(value)) {
    throw ApiError.invalid(name, `${name} must be a day that exists, written as YYYY-MM-DD`);
  }
  return value;
}
