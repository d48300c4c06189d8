import { UsageError } from './errors.js';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** Today in the local time zone, as `YYYY-MM-DD`. @param {Date} now */
export function localDay(now) {
  const year = String(now.getFullYear()).padStart(4, '0');
  const month = String(now.getMonth() + 1).padStart(2, '0');
  const day = String(now.getDate()).padStart(2, '0');
  return `${year}-${month}-${day}`;
}

/** @param {string} day `YYYY-MM-DD` @param {number} count */
export function addDays(day, count) {
  // In UTC every day has 24 hours; local time would skip or repeat a day when clocks change.
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/**
 * Reads a due date as people write it.
 * @param {string} text `YYYY-MM-DD`, `today`, `tomorrow`, `+3d`, `+2w`, or a weekday
 * @param {string} today `YYYY-MM-DD`
 * @returns {string} `YYYY-MM-DD`
 * @throws {UsageError} if it is none of these
 */
export function parseDue(text, today) {
  const word = text.trim().toLowerCase();
  if (word === 'today') return today;
  if (word === 'tomorrow') return addDays(today, 1);

  const offset = /^\+(\d{1,4})([dw])$/.exec(word);
  if (offset !== null) return addDays(today, Number(offset[1]) * (offset[2] === 'w' ? 7 : 1));

  const weekday = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (weekday !== -1) {
    const current = new Date(`${today}T00:00:00Z`).getUTCDay();
    // Never 0: on a Monday, "monday" means the one in a week; today has a word of its own.
    return addDays(today, (weekday - current + 7) % 7 || 7);
  }

  if (isDay(word)) return word;
  throw new UsageError(
    `"${text}" is not a due date; write YYYY-MM-DD, today, tomorrow, +3d, +2w or a weekday`,
  );
}

/** True for text of the form `YYYY-MM-DD` that names a day of the calendar. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // 30 February is parsed as 2 March, so only the way back shows whether the day exists.
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}
