import { v7 } from 'uuid';

/** A new UUIDv7: 36 characters, ordered by time, fit for every `varchar(64)` key. */
export function newId(): string {
  return v7();
}

// Ours are UUIDs; those of imported sessions may be any short word.
const ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Whether a string from outside has the form of one of our ids (so that it may reach a query or a path). */
export function isId(value: string): boolean {
  return ID.test(value);
}
