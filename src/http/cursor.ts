import { ValidationError } from '../core/errors.js';
import { isId } from '../core/ids.js';

/** The largest value of a Postgres integer: turn numbers and event numbers are below. */
export const MAX_INT4 = 2_147_483_647;

/** The opaque cursors of one list: they say after which item the next page begins. */
export interface CursorCodec<T> {
  encode(position: T): string;
  /** @throws ValidationError naming `cursor` when it is not one of this list's */
  decode(cursor: string): T;
}

function codec<T extends string | number>(
  list: string,
  parse: (text: string) => T | undefined,
): CursorCodec<T> {
  const encode = (position: T): string => Buffer.from(`${list}:${position}`, 'utf8').toString('base64url');
  return {
    encode,
    decode(cursor) {
      const text = Buffer.from(cursor, 'base64url').toString('utf8');
      const position = text.startsWith(`${list}:`) ? parse(text.slice(list.length + 1)) : undefined;
      // Buffer decodes leniently; a cursor is only what we have encoded.
      if (position !== undefined && encode(position) === cursor) return position;
      throw new ValidationError('The cursor is not valid.', [
        { field: 'cursor', message: 'must be a nextCursor of this list, unchanged' },
      ]);
    },
  };
}

/** Cursors of a list by UUID. */
export const idCursor = (list: string): CursorCodec<string> =>
  codec(list, (text) => (isId(text) ? text : undefined));

/** Cursors of a list by a whole number from 0 to `max`. */
export const numberCursor = (list: string, max: number = Number.MAX_SAFE_INTEGER): CursorCodec<number> =>
  codec(list, (text) => (/^\d{1,16}$/.test(text) && Number(text) <= max ? Number(text) : undefined));

/**
 * A page out of up to `limit + 1` rows that were read for it.
 * @param position of a row, for the cursor
 */
export function toPage<Row, Item, T>(
  rows: readonly Row[],
  limit: number,
  cursors: CursorCodec<T>,
  position: (row: Row) => T,
  present: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(present),
    nextCursor: rows.length > shown.length && last !== undefined ? cursors.encode(position(last)) : null,
  };
}
