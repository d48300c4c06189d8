import { BuildError } from './errors.js';
import { slugify } from './escape.js';
import { renderFeed } from './feed.js';
import { markdownToHtml } from './markdown.js';
import { compile } from './template.js';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/**
 * Renders every page of a site in memory.
 *
 * @param {import('./source.js').Source} source
 * @returns {Map<string, string>} contents by path within the output folder
 * @throws {BuildError}
 */
export function renderSite({ site, layouts, posts: sources }) {
  const templates = new Map(
    [...layouts].map(([name, text]) => [name, compile(text, `layouts/${name}.html`)]),
  );
  const posts = sources
    .filter((post) => !post.draft)
    .sort(newestFirst)
    .map(withAddresses);
  const tags = collectTags(posts);
  const pages = new Map();

  /** Puts a layout's result into the base layout. `usedBy` is who asked for the layout, in case it is missing. */
  const addPage = (path, layout, pageTitle, values, usedBy = 'layouts') => {
    const common = { site, pageTitle, root: '../'.repeat(path.split('/').length - 1) };
    const [content, base] = [layout, 'base'].map((name) => {
      const template = templates.get(name);
      if (template === undefined)
        throw new BuildError(usedBy, `layout "${name}" does not exist (layouts/${name}.html)`);
      return template;
    });
    pages.set(path, base({ ...common, content: content({ ...common, ...values }) }));
  };

  for (const post of posts) {
    if (pages.has(post.url))
      throw new BuildError(post.file, `slug "${post.slug}" is used by another post as well`);
    addPage(post.url, post.layout, post.title, { post }, post.file);
  }
  for (const tag of tags) {
    addPage(tag.url, 'tag', tag.name, { tag, posts: tag.posts });
  }
  addPage('index.html', 'index', site.title, { posts });
  addPage('tags.html', 'tags', 'Tags', { tags });
  pages.set('feed.xml', renderFeed(site, posts));
  return pages;
}

function withAddresses(post) {
  return {
    ...post,
    dateText: dateText(post.date),
    url: `posts/${post.slug}.html`,
    content: markdownToHtml(post.body),
    tags: post.tags.map(withTagAddress),
  };
}

/** Dates as text sort by time. The slug decides last, so that the order does not depend on the file system. */
function newestFirst(a, b) {
  return compare(b.date, a.date) || compare(a.title, b.title) || compare(a.slug, b.slug);
}

/** By code unit, not by locale: the order must be the same on every machine. */
function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Tags by slug, as "Node" and "node" are one tag; the spelling in the newest post is shown. */
function collectTags(posts) {
  const tags = new Map();
  for (const post of posts) {
    for (const address of post.tags) {
      const tag = tags.get(address.slug) ?? { ...address, posts: [] };
      tags.set(tag.slug, tag);
      // A post may list a tag in two spellings; it still appears once on the tag's page.
      if (tag.posts.at(-1) !== post) tag.posts.push(post);
    }
  }
  return [...tags.values()]
    .map((tag) => ({ ...tag, count: tag.posts.length }))
    .sort((a, b) => compare(a.slug, b.slug));
}

function withTagAddress(name) {
  const slug = slugify(name);
  return { name, slug, url: `tags/${slug}.html` };
}

/** From the text alone: a Date would be shown in the machine's time zone and could be a day off. */
function dateText(date) {
  const [year, month, day] = date.split('-').map(Number);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}
