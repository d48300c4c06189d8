import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Lists what the last build wrote, so that the next one knows which files are its own to remove. */
const MANIFEST = '.static-site.json';

/**
 * Writes all files and removes those of the previous build that are not among them.
 *
 * @param {string} folder
 * @param {Map<string, string | Buffer>} files contents by path within the folder
 */
export async function writeOutput(folder, files) {
  const previous = await readManifest(folder);
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  for (const path of previous) {
    if (!files.has(path)) await rm(join(folder, path), { force: true });
  }
  await writeFile(join(folder, MANIFEST), `${JSON.stringify([...files.keys()].sort(), null, 2)}\n`);
}

async function readManifest(folder) {
  let paths;
  try {
    paths = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
  } catch (error) {
    // A damaged list is as good as none: the worst that follows is a page that stays too long.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(paths)) return [];
  // The list may have been edited: nothing outside the folder may ever be removed because of it.
  return paths.filter((path) => typeof path === 'string' && !path.split(/[\\/]/).includes('..'));
}
