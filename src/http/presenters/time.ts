import { z } from 'zod';

/** A moment as every view shows it: ISO 8601 in UTC, with milliseconds. */
export const time = z.iso.datetime();

/** Milliseconds are what JavaScript keeps; null stays null. */
export function iso(date: Date): string;
export function iso(date: Date | null): string | null;
export function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
