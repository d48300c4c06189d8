/** UTC days as `YYYY-MM-DD` text: they sort as text and do not depend on the machine's time zone. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** @param {number} ms milliseconds since the epoch */
export function utcDay(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

/** True for a day that exists in the calendar; `2026-02-30` does not. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // Date.parse lets 30 February roll over into March, hence the way back.
  return !Number.isNaN(ms) && utcDay(ms) === text;
}

/** @param {string} day @param {number} count may be negative */
export function addDays(day, count) {
  return utcDay(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS);
}

/** Number of days from one day to another; 0 if they are the same. */
export function daysBetween(from, to) {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS;
}
