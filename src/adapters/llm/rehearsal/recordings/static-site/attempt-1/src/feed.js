import { escapeHtml } from './escape.js';

const NEWEST = 20;

/**
 * The RSS 2.0 feed of the newest posts.
 *
 * @param {import('./source.js').Site} site
 * @param {{ title: string, date: string, summary: string, url: string }[]} posts newest first
 * @returns {string}
 */
export function renderFeed(site, posts) {
  const items = posts.slice(0, NEWEST).flatMap((post) => {
    const address = escapeHtml(absolute(site, post.url));
    return [
      '    <item>',
      `      <title>${escapeHtml(post.title)}</title>`,
      `      <link>${address}</link>`,
      `      <guid>${address}</guid>`,
      `      <pubDate>${rssDate(post.date)}</pubDate>`,
      ...(post.summary === '' ? [] : [`      <description>${escapeHtml(post.summary)}</description>`]),
      '    </item>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rss version="2.0">',
    '  <channel>',
    `    <title>${escapeHtml(site.title)}</title>`,
    `    <link>${escapeHtml(absolute(site, ''))}</link>`,
    `    <description>${escapeHtml(site.description)}</description>`,
    `    <language>${escapeHtml(site.language)}</language>`,
    // The time of the build would make two builds of the same source differ.
    ...(posts.length === 0 ? [] : [`    <lastBuildDate>${rssDate(posts[0].date)}</lastBuildDate>`]),
    ...items,
    '  </channel>',
    '</rss>',
    '',
  ].join('\n');
}

function absolute(site, url) {
  // With the slash the last part of a site's path is kept: https://example.org/blog/ + posts/a.html
  return new URL(url, site.url.endsWith('/') ? site.url : `${site.url}/`).href;
}

/** toUTCString gives exactly the format of RFC 822 with a four-digit year, which RSS asks for. */
function rssDate(date) {
  return new Date(`${date}T00:00:00Z`).toUTCString();
}
