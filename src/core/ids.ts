import { v7 } from 'uuid';

/** A new UUIDv7: 36 characters, ordered by time, fit for every `varchar(64)` key. */
export function newId(): string {
  return v7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a string from outside has the form of one of our ids (so that it may reach a query or a path). */
export function isId(value: string): boolean {
  return UUID.test(value);
}
