import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { BuildError } from './errors.js';
import { parsePost } from './front-matter.js';

/**
 * @typedef {{ title: string, description: string, url: string, language: string }} Site
 * @typedef {object} Source
 * @property {Site} site
 * @property {Map<string, string>} layouts text by name
 * @property {import('./front-matter.js').Post[]} posts
 * @property {Map<string, Buffer>} statics contents by path within the output folder
 */

/**
 * Reads a site's folder.
 *
 * @param {string} folder
 * @returns {Promise<Source>}
 * @throws {BuildError}
 */
export async function readSource(folder) {
  const site = parseSite(await readFile(join(folder, 'site.json'), 'utf8').catch(missing('site.json')));
  const layouts = new Map();
  for (const file of await filesIn(folder, 'layouts')) {
    if (file.endsWith('.html')) {
      layouts.set(file.slice(0, -'.html'.length), await readFile(join(folder, 'layouts', file), 'utf8'));
    }
  }
  const posts = [];
  for (const file of await filesIn(folder, 'posts')) {
    if (file.endsWith('.md')) {
      posts.push(parsePost(await readFile(join(folder, 'posts', file), 'utf8'), `posts/${file}`));
    }
  }
  const statics = new Map();
  for (const file of await filesIn(folder, 'static')) {
    statics.set(file, await readFile(join(folder, 'static', file)));
  }
  return { site, layouts, posts, statics };
}

/** All files below a folder with forward slashes, sorted; none if there is no such folder. */
async function filesIn(folder, name) {
  const start = join(folder, name);
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(start, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

function missing(file) {
  return (error) => {
    if (error.code === 'ENOENT') throw new BuildError(file, 'the file does not exist');
    throw error;
  };
}

function parseSite(text) {
  let site;
  try {
    site = JSON.parse(text);
  } catch (error) {
    throw new BuildError('site.json', error.message);
  }
  for (const field of ['title', 'description', 'url', 'language']) {
    if (typeof site?.[field] !== 'string' || site[field] === '') {
      throw new BuildError('site.json', `${field} must be a text`);
    }
  }
  if (!/^https?:\/\/./.test(site.url) || !URL.canParse(site.url)) {
    throw new BuildError('site.json', `url "${site.url}" must be an http or https address`);
  }
  return site;
}
