import { resolve, sep } from 'node:path';

import { BuildError } from './errors.js';
import { writeOutput } from './output.js';
import { renderSite } from './site.js';
import { readSource } from './source.js';

/**
 * Builds a site. Everything is rendered before the first file is written, so a mistake leaves the output as it was.
 *
 * @param {string} sourceFolder
 * @param {string} outputFolder is created if need be
 * @returns {Promise<{ files: number, posts: number }>} what was written; drafts do not count
 * @throws {BuildError} for a mistake in the source
 */
export async function build(sourceFolder, outputFolder) {
  // A build into its own source would read its pages back as static files the next time.
  if (`${resolve(outputFolder)}${sep}`.startsWith(`${resolve(sourceFolder)}${sep}`)) {
    throw new BuildError(outputFolder, 'the output folder must be outside the source folder');
  }
  const source = await readSource(sourceFolder);
  const files = renderSite(source);
  for (const [path, content] of source.statics) {
    if (files.has(path)) throw new BuildError(`static/${path}`, 'a page of the site has the same name');
    files.set(path, content);
  }
  await writeOutput(outputFolder, files);
  return { files: files.size, posts: source.posts.filter((post) => !post.draft).length };
}
