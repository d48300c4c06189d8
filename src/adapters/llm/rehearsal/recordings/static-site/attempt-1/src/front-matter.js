import { BuildError } from './errors.js';
import { slugify } from './escape.js';

/**
 * @typedef {object} Post
 * @property {string} file relative to the source folder
 * @property {string} title
 * @property {string} date `YYYY-MM-DD`
 * @property {string[]} tags
 * @property {string} summary empty if there is none
 * @property {string} slug
 * @property {string} layout
 * @property {boolean} draft
 * @property {string} body Markdown
 */

const KEYS = new Set(['title', 'date', 'tags', 'summary', 'slug', 'layout', 'draft']);

/**
 * Splits a post into front matter and text, and checks the front matter.
 *
 * @param {string} text
 * @param {string} file for messages and for the default slug
 * @returns {Post}
 * @throws {BuildError}
 */
export function parsePost(text, file) {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end === -1) {
    throw new BuildError(file, 'a post starts with front matter between two lines of ---');
  }
  const values = readValues(lines.slice(1, end), file);

  const title = values.get('title') ?? '';
  if (title === '') throw new BuildError(file, 'title is missing');
  const tags = (values.get('tags') ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  for (const tag of tags) {
    if (slugify(tag) === '') throw new BuildError(file, `tags: "${tag}" has neither letters nor digits`);
  }
  const draft = values.get('draft') ?? 'false';
  if (draft !== 'true' && draft !== 'false')
    throw new BuildError(file, `draft must be true or false, not "${draft}"`);

  return {
    file,
    title,
    date: checkedDate(values.get('date'), file),
    tags,
    summary: values.get('summary') ?? '',
    slug: checkedName('slug', values.get('slug') ?? slugFromFile(file), file),
    layout: checkedName('layout', values.get('layout') ?? 'post', file),
    draft: draft === 'true',
    body: lines.slice(end + 1).join('\n'),
  };
}

function readValues(lines, file) {
  const values = new Map();
  for (const line of lines) {
    if (line.trim() === '') continue;
    const match = /^([a-z]+):(.*)$/.exec(line);
    if (match === null) throw new BuildError(file, `"${line}" is not of the form key: value`);
    const [, key, value] = match;
    if (!KEYS.has(key))
      throw new BuildError(file, `${key} is not a known key; known are ${[...KEYS].join(', ')}`);
    if (values.has(key)) throw new BuildError(file, `${key} is given twice`);
    values.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return values;
}

function checkedDate(date, file) {
  if (date === undefined) throw new BuildError(file, 'date is missing');
  if (!/^\d{4}-\d\d-\d\d$/.test(date))
    throw new BuildError(file, `date "${date}" is not of the form YYYY-MM-DD`);
  const moment = new Date(`${date}T00:00:00Z`);
  // Depending on the day, 2024-02-30 is either invalid or rolls over into March; neither gives the same text back.
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== date) {
    throw new BuildError(file, `date "${date}" is not a day of the calendar`);
  }
  return date;
}

/** Slugs and layouts become parts of paths, so dots and slashes must not get through. */
function checkedName(field, name, file) {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new BuildError(file, `${field} "${name}" must consist of a-z, 0-9 and single hyphens`);
  }
  return name;
}

function slugFromFile(file) {
  return slugify(file.replace(/^.*\//, '').replace(/\.md$/, ''));
}
