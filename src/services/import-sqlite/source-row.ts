import type { SqlValue } from 'sql.js';

/** Thrown when a row's value does not fit its column here. The row is skipped; the message is the reason. */
export class UnfitValueError extends Error {
  constructor(column: string, problem: string) {
    super(`${column}: ${problem}`);
    this.name = 'UnfitValueError';
  }
}

const MAX_INTEGER = 2_147_483_647;
/** Seconds up to the year 5138, milliseconds from March 1973 on. */
const FIRST_MILLISECONDS = 100_000_000_000;
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?$/i;

/**
 * A row of the SQLite file, read with the types of its columns here. SQLite's columns hold values of any type,
 * so each reader takes every form that a value of its kind has there, and throws UnfitValueError on the others.
 */
export class SourceRow {
  constructor(private readonly values: ReadonlyMap<string, SqlValue>) {}

  /** A text of at most `max` characters, null where it is NULL or missing. BLOBs are read as UTF-8. */
  text(column: string, max = Infinity): string | null {
    const value = this.values.get(column) ?? null;
    if (value === null) return null;
    const text = value instanceof Uint8Array ? decode(column, value) : String(value);
    if (text.includes('\0'))
      throw new UnfitValueError(column, 'has a NUL character, which Postgres cannot hold');
    // Postgres counts code points, JavaScript UTF-16 units.
    const length = text.length > max ? Array.from(text).length : text.length;
    if (length > max) throw new UnfitValueError(column, `has ${length} characters, at most ${max} fit`);
    return text;
  }

  /** A text that must be there and have more than spaces in it. */
  requiredText(column: string, max = Infinity): string {
    const text = this.text(column, max);
    if (text === null || text.trim() === '') throw new UnfitValueError(column, 'is missing');
    return text;
  }

  /** One of the listed values; `fallback` where it is NULL or missing. */
  oneOf<T extends string>(column: string, allowed: readonly T[], fallback?: T): T {
    const text = this.text(column) ?? fallback;
    const value = allowed.find((one) => one === text);
    if (value === undefined)
      throw new UnfitValueError(
        column,
        `is ${text === undefined ? 'missing' : `"${text.slice(0, 100)}"`}, not one of ${allowed.join(', ')}`,
      );
    return value;
  }

  /** A finite number (REAL becomes NUMERIC), null where it is NULL or missing. */
  number(column: string): number | null {
    const text = this.text(column);
    if (text === null) return null;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value))
      throw new UnfitValueError(column, `"${text.slice(0, 100)}" is not a number`);
    return value;
  }

  /** A whole number from `min` to what an `integer` column holds; `fallback` where it is NULL or missing. */
  integer(column: string, fallback: number, min = 0): number {
    const value = this.number(column) ?? fallback;
    if (!Number.isInteger(value) || value < min || value > MAX_INTEGER)
      throw new UnfitValueError(column, `${value} is not a whole number from ${min} to ${MAX_INTEGER}`);
    return value;
  }

  /** SQLite's 0 and 1, or the words; false where it is NULL or missing. */
  boolean(column: string): boolean {
    const text = this.text(column)?.toLowerCase() ?? '0';
    if (['1', 'true', 't'].includes(text)) return true;
    if (['0', 'false', 'f'].includes(text)) return false;
    throw new UnfitValueError(column, `"${text.slice(0, 100)}" is not 0 or 1`);
  }

  /** A JSON object kept as text, null where it is NULL, empty or missing. */
  json(column: string): Record<string, unknown> | null {
    const text = this.text(column);
    if (text === null || text.trim() === '') return null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new UnfitValueError(column, 'is not JSON');
    }
    if (value === null) return null;
    if (!isObject(value)) throw new UnfitValueError(column, 'is JSON, but not an object');
    return value;
  }

  /**
   * A time: `YYYY-MM-DD HH:MM:SS` (UTC, as SQLite's CURRENT_TIMESTAMP writes it), ISO 8601 (UTC where it names no
   * offset), or Unix seconds or milliseconds. Null where it is NULL or missing; to the millisecond.
   */
  time(column: string): Date | null {
    const text = this.text(column)?.trim();
    if (text === undefined) return null;
    const time = /^-?\d+(\.\d+)?$/.test(text) ? fromUnix(Number(text)) : fromText(text);
    if (time === undefined) throw new UnfitValueError(column, `"${text.slice(0, 100)}" is not a time`);
    return time;
  }

  /** A time that must be there. */
  requiredTime(column: string): Date {
    const time = this.time(column);
    if (time === null) throw new UnfitValueError(column, 'is missing');
    return time;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decode(column: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnfitValueError(column, 'is a BLOB that is not UTF-8 text');
  }
}

function fromUnix(value: number): Date | undefined {
  const time = new Date(Math.abs(value) < FIRST_MILLISECONDS ? Math.round(value * 1000) : value);
  return time.getUTCFullYear() >= 1970 && time.getUTCFullYear() <= 9999 ? time : undefined;
}

function fromText(text: string): Date | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const [, , , , , , , , , sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const asUtc = new Date(iso);
  // February 30 is moved to March by Date: what does not come back as it went in is no date.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== iso) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return new Date(asUtc.getTime() - (sign === '-' ? -offset : offset));
}
