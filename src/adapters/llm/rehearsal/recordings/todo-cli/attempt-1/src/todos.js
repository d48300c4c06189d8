import { addDays } from './dates.js';
import { ListError, UsageError } from './errors.js';

/**
 * @typedef {{ id: number, title: string, done: boolean, priority: string, due: string | null, tags: string[] }} Item
 * @typedef {{ nextId: number, items: Item[] }} List
 */

/** From most to least urgent; the position is the sort key. */
export const PRIORITIES = ['high', 'medium', 'low'];

const MAX_TITLE = 200;

/** Trims and checks a title. @throws {UsageError} */
export function cleanTitle(text) {
  // Checked before white space is collapsed, so that a line break is refused and not hidden.
  if (/\p{Cc}/u.test(text)) throw new UsageError('a title must not contain control characters');
  const title = text.trim().replace(/\s+/g, ' ');
  if (title === '') throw new UsageError('a title is needed');
  if (title.length > MAX_TITLE) {
    throw new UsageError(`a title must not be longer than ${MAX_TITLE} characters`);
  }
  return title;
}

/** @throws {UsageError} */
export function cleanPriority(text) {
  if (!PRIORITIES.includes(text)) {
    throw new UsageError(`"${text}" is not a priority; choose ${PRIORITIES.join(', ')}`);
  }
  return text;
}

/** Lower case, without the leading `#`. @throws {UsageError} */
export function cleanTag(text) {
  const tag = text.replace(/^#/, '').toLowerCase();
  if (!/^[\p{L}\p{N}_-]{1,30}$/u.test(tag)) {
    throw new UsageError(`"${text}" is not a tag; use 1 to 30 letters, digits, "-" or "_"`);
  }
  return tag;
}

/** @param {List} list @param {Omit<Item, 'id' | 'done'>} fields @returns {{ list: List, item: Item }} */
export function addItem(list, fields) {
  const item = { id: list.nextId, done: false, ...fields, tags: [...new Set(fields.tags)] };
  return { list: { nextId: list.nextId + 1, items: [...list.items, item] }, item };
}

/** Marks items as done or open. @throws {ListError} if one of the numbers does not exist */
export function setDone(list, ids, done) {
  requireAll(list, ids);
  const items = list.items.map((item) => (ids.includes(item.id) ? { ...item, done } : item));
  return { ...list, items };
}

/** Changes the given fields of one item. @throws {ListError} if it does not exist */
export function editItem(list, id, changes) {
  requireAll(list, [id]);
  const items = list.items.map((item) => (item.id === id ? { ...item, ...changes } : item));
  return { list: { ...list, items }, item: items.find((item) => item.id === id) };
}

/** @throws {ListError} if one of the numbers does not exist */
export function removeItems(list, ids) {
  requireAll(list, ids);
  return { ...list, items: list.items.filter((item) => !ids.includes(item.id)) };
}

function requireAll(list, ids) {
  const known = new Set(list.items.map((item) => item.id));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) throw new ListError(`there is no item ${missing.join(', ')}`);
}

/** An open item that should have been done before today. */
export function isOverdue(item, today) {
  return !item.done && item.due !== null && item.due < today;
}

/**
 * The items that pass all filters, in the order in which they should be done.
 * @param {List} list
 * @param {{ state: 'open' | 'done' | 'all', priority?: string, tags: string[], due?: string }} filters
 * @param {string} today `YYYY-MM-DD`
 */
export function selectItems(list, { state, priority, tags, due }, today) {
  return list.items
    .filter((item) => state === 'all' || item.done === (state === 'done'))
    .filter((item) => priority === undefined || item.priority === priority)
    .filter((item) => tags.every((tag) => item.tags.includes(tag)))
    .filter((item) => due === undefined || isDueWithin(item, due, today))
    .sort(byUrgency);
}

function isDueWithin(item, window, today) {
  if (item.due === null) return false;
  if (window === 'overdue') return item.due < today;
  if (window === 'today') return item.due === today;
  return item.due >= today && item.due <= addDays(today, 6);
}

function byUrgency(a, b) {
  if (a.due !== b.due) {
    if (a.due === null) return 1;
    if (b.due === null) return -1;
    return a.due < b.due ? -1 : 1;
  }
  return PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || a.id - b.id;
}
