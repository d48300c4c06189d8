import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDay } from './dates.js';
import { ListError } from './errors.js';
import { PRIORITIES } from './todos.js';

const VERSION = 1;

/**
 * Reads a list; a missing file is an empty list.
 * @param {string} path
 * @returns {Promise<import('./todos.js').List>}
 * @throws {ListError} if the file cannot be read or understood
 */
export async function loadList(path) {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return { nextId: 1, items: [] };
    throw new ListError(`cannot read ${path}: ${error.message}`);
  }
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new ListError(`${path} is not valid JSON: ${error.message}`);
  }
  const problem = findProblem(data);
  if (problem !== null) throw new ListError(`${path} is not a to-do list: ${problem}`);
  return { nextId: data.nextId, items: data.items };
}

function findProblem(data) {
  if (data?.version !== VERSION) return `version ${VERSION} expected`;
  if (!Array.isArray(data.items)) return 'items must be an array';
  const bad = data.items.findIndex((item) => !isItem(item));
  if (bad !== -1) return `items[${bad}] is malformed`;
  const ids = data.items.map((item) => item.id);
  if (new Set(ids).size !== ids.length) return 'two items have the same number';
  if (!Number.isInteger(data.nextId) || data.nextId <= Math.max(0, ...ids)) {
    return 'nextId must be above all numbers in use';
  }
  return null;
}

function isItem(item) {
  return (
    Number.isInteger(item?.id) &&
    item.id > 0 &&
    typeof item.title === 'string' &&
    !/\p{Cc}/u.test(item.title) &&
    typeof item.done === 'boolean' &&
    PRIORITIES.includes(item.priority) &&
    (item.due === null || (typeof item.due === 'string' && isDay(item.due))) &&
    Array.isArray(item.tags) &&
    item.tags.every((tag) => typeof tag === 'string' && !/\p{Cc}/u.test(tag))
  );
}

/**
 * Replaces the file with the list.
 * @param {string} path
 * @param {import('./todos.js').List} list
 * @throws {ListError} if it cannot be written
 */
export async function saveList(path, list) {
  try {
    await mkdir(dirname(path), { recursive: true });
    // Renaming is atomic: a crash leaves the old list or the new one, never half of it.
    await writeFile(`${path}.tmp`, `${JSON.stringify({ version: VERSION, ...list }, null, 2)}\n`);
    await rename(`${path}.tmp`, path);
  } catch (error) {
    throw new ListError(`cannot write ${path}: ${error.message}`);
  }
}
