import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const VERSION = 1;

/**
 * @typedef {object} Store
 * @property {() => Promise<object[]>} load all link records, oldest first
 * @property {(snapshot: () => object[]) => Promise<void>} save resolves once the records are safe
 */

/** A store that forgets everything with the process. @returns {Store} */
export function createMemoryStore() {
  return { load: async () => [], save: async () => {} };
}

/**
 * A store in one JSON file.
 * @param {string} path
 * @returns {Store}
 */
export function openFileStore(path) {
  let tail = Promise.resolve();
  let waiting = null;

  return {
    load: () => readRecords(path),

    save(snapshot) {
      // One write runs and at most one waits. The waiting one takes its snapshot when its turn
      // comes, so it covers every change made until then and nobody needs a third.
      if (waiting === null) {
        waiting = tail.then(() => {
          waiting = null;
          return replaceFile(path, JSON.stringify({ version: VERSION, links: snapshot() }));
        });
        // A failed write is reported to its callers; it must not stop the writes after it.
        tail = waiting.catch(() => {});
      }
      return waiting;
    },
  };
}

async function readRecords(path) {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw new Error(`cannot read the data file ${path}: ${error.message}`, { cause: error });
  }
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`the data file ${path} is not valid JSON: ${error.message}`, { cause: error });
  }
  if (data?.version !== VERSION || !Array.isArray(data.links) || !data.links.every(isRecord)) {
    throw new Error(`the data file ${path} does not hold links of version ${VERSION}`);
  }
  return data.links;
}

function isRecord(value) {
  return (
    typeof value?.code === 'string' &&
    typeof value.url === 'string' &&
    typeof value.createdAt === 'string' &&
    typeof value.clicks === 'object' &&
    value.clicks !== null
  );
}

async function replaceFile(path, text) {
  await mkdir(dirname(path), { recursive: true });
  // Renaming is atomic: whoever reads the file sees the old state or the new one, never half of it.
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
