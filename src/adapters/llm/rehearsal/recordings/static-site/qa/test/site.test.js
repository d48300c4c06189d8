import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from '../src/build.js';

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));

const SITE = {
  'site.json': JSON.stringify({
    title: 'Site',
    description: 'About',
    url: 'https://e.org/blog',
    language: 'en',
  }),
  'layouts/base.html': '<title>{{ pageTitle }}</title><a href="{{ root }}index.html">home</a>{{{ content }}}',
  'layouts/post.html': '<h1>{{ post.title }}</h1><i>{{ post.dateText }}</i>{{{ post.content }}}',
  'layouts/index.html': '{{#each posts}}[{{ title }}|{{ dateText }}|{{ url }}]{{/each}}',
  'layouts/tag.html': '{{ tag.name }}:{{#each posts}}[{{ title }}]{{/each}}',
  'layouts/tags.html': '{{#each tags}}[{{ name }}|{{ count }}|{{ root }}{{ url }}]{{/each}}',
};

function post(title, date, more = {}) {
  const lines = Object.entries({ title, date, ...more }).map(([key, value]) => `${key}: ${value}`);
  return `---\n${lines.join('\n')}\n---\nText of *${title}*`;
}

/** A site with these files besides the standard ones, in a folder that goes away with the test. */
function site(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'static-site-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'source');
  const output = join(folder, 'output');
  const put = (path, text) => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  };
  for (const [path, text] of Object.entries({ ...SITE, ...files })) put(path, text);
  return { source, output, put, page: (path) => readFileSync(join(output, path), 'utf8') };
}

/** Every file below a folder with its text, for comparing whole outputs. */
function snapshot(folder) {
  const paths = readdirSync(folder, { recursive: true }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'latin1')]));
}

function runCli(args, env = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], options);
  return { status, stdout, stderr };
}

test('AC1.3 drafts appear nowhere in the output', async (t) => {
  const { source, output } = site(t, {
    'posts/a.md': post('Public', '2024-01-01', { tags: 'x' }),
    'posts/b.md': post('Secret', '2024-01-02', { tags: 'hidden', draft: 'true' }),
  });
  assert.equal((await build(source, output)).posts, 1);
  assert.equal(existsSync(join(output, 'posts/b.html')), false);
  assert.doesNotMatch(JSON.stringify(snapshot(output)), /secret|hidden/i);
});

test('AC3.1 a post is rendered with its layout inside the base layout', async (t) => {
  const { source, output, page, put } = site(t, {
    'layouts/wide.html': '<div class="wide">{{ post.title }}</div>',
    'posts/a.md': post('A', '2024-01-01'),
    'posts/b.md': post('B', '2024-01-01', { layout: 'wide' }),
  });
  await build(source, output);
  const head = (title) => `<title>${title}</title><a href="../index.html">home</a>`;
  assert.equal(page('posts/a.html'), `${head('A')}<h1>A</h1><i>1 January 2024</i><p>Text of <em>A</em></p>`);
  assert.equal(page('posts/b.html'), `${head('B')}<div class="wide">B</div>`);
  put('posts/c.md', post('C', '2024-01-01', { layout: 'narrow' }));
  await assert.rejects(build(source, output), {
    file: 'posts/c.md',
    message: /layout "narrow" does not exist/,
  });
});

test('AC4.1 the index lists posts newest first and those of one day by title', async (t) => {
  const { source, output, page } = site(t, {
    'posts/1.md': post('Old', '2023-12-31'),
    'posts/2.md': post('Beta', '2024-01-10'),
    'posts/3.md': post('Alpha', '2024-01-10'),
    'posts/4.md': post('New', '2024-02-01'),
  });
  await build(source, output);
  const titles = [...page('index.html').matchAll(/\[(\w+)\|/g)].map((match) => match[1]);
  assert.deepEqual(titles, ['New', 'Alpha', 'Beta', 'Old']);
});

test('AC4.2 each tag has a page, spellings share one, and the overview counts the posts', async (t) => {
  const { source, output, page } = site(t, {
    'posts/a.md': post('A', '2024-01-01', { tags: 'slow food, c++, c' }),
    'posts/b.md': post('B', '2024-01-02', { tags: 'Slow Food, slow food' }),
  });
  await build(source, output);
  assert.match(page('tags/slow-food.html'), /Slow Food:\[B\]\[A\]$/);
  assert.match(page('tags/c-plus-plus.html'), /c\+\+:\[A\]$/);
  assert.match(
    page('tags.html'),
    /home<\/a>\[c\|1\|tags\/c\.html\]\[c\+\+\|1\|tags\/c-plus-plus\.html\]\[Slow Food\|2\|tags\/slow-food\.html\]$/,
  );
});

test('AC5.1 the feed holds the 20 newest posts with absolute addresses and RFC 822 dates', async (t) => {
  const posts = Array.from({ length: 25 }, (_, index) => String(index + 1).padStart(2, '0'));
  const files = posts.map((day) => [`posts/p${day}.md`, post(`Post ${day}`, `2024-03-${day}`)]);
  const { source, output, page } = site(t, Object.fromEntries(files));
  await build(source, output);
  const feed = page('feed.xml');
  const titles = [...feed.matchAll(/<title>Post (\d\d)<\/title>/g)].map((match) => match[1]);
  assert.deepEqual(titles, posts.reverse().slice(0, 20));
  assert.match(feed, /<link>https:\/\/e\.org\/blog\/posts\/p25\.html<\/link>/);
  assert.match(feed, /<pubDate>Mon, 25 Mar 2024 00:00:00 GMT<\/pubDate>/);
  assert.match(feed, /<lastBuildDate>Mon, 25 Mar 2024 00:00:00 GMT<\/lastBuildDate>/);
});

test('AC5.2 special characters leave the feed well-formed', async (t) => {
  const { source, output, page } = site(t, {
    'posts/a.md': post('Fish & <Chips> ]]>', '2024-01-01', { summary: 'a < b && c > d' }),
  });
  await build(source, output);
  const feed = page('feed.xml');
  assert.match(feed, /<title>Fish &amp; &lt;Chips&gt; \]\]&gt;<\/title>/);
  assert.match(feed, /<description>a &lt; b &amp;&amp; c &gt; d<\/description>/);
  assert.doesNotMatch(feed, /&(?!amp;|lt;|gt;)/);
  const opened = [...feed.matchAll(/<(\w+)[ >]/g)].map((match) => match[1]).sort();
  const closed = [...feed.matchAll(/<\/(\w+)>/g)].map((match) => match[1]).sort();
  assert.deepEqual(opened, closed);
});

test('AC4.3 AC6.1 a build gives the same bytes every time and in every time zone', (t) => {
  const { source, output, page } = site(t, {
    'posts/a.md': post('A', '2024-03-01', { tags: 'x' }),
    'static/img/dot.bin': '\u0000binary',
  });
  const outputs = ['Pacific/Honolulu', 'Pacific/Kiritimati'].map((zone) => {
    const { status, stdout, stderr } = runCli([source, output], { TZ: zone });
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 0, stdout: 'built 1 posts, 6 files\n', stderr: '' },
    );
    return snapshot(output);
  });
  assert.deepEqual(outputs[1], outputs[0]);
  assert.equal(page('img/dot.bin'), '\u0000binary');
  assert.match(page('posts/a.html'), /<i>1 March 2024<\/i>/);
  assert.match(page('feed.xml'), /<pubDate>Fri, 01 Mar 2024/);
});

test('AC6.2 a build that fails leaves the previous output as it was and exits with 1', async (t) => {
  const { source, output, put } = site(t, { 'posts/a.md': post('A', '2024-01-01') });
  await build(source, output);
  const before = snapshot(output);
  put('posts/a.md', post('Changed', '2024-01-01'));
  put('posts/b.md', post('B', '2024-02-30'));
  const { status, stdout, stderr } = runCli([source, output]);
  assert.equal(stderr, 'error: posts/b.md: date "2024-02-30" is not a day of the calendar\n');
  assert.deepEqual([status, stdout], [1, '']);
  put('posts/b.md', post('B', '2024-01-30', { slug: 'a' }));
  await assert.rejects(build(source, output), /slug "a" is used by another post/);
  put('posts/b.md', post('B', '2024-01-30'));
  put('static/index.html', 'mine');
  await assert.rejects(build(source, output), { file: 'static/index.html' });
  assert.deepEqual(snapshot(output), before);
  assert.equal(runCli([source]).status, 2);
});

test('AC6.3 pages of removed posts go away and foreign files stay', async (t) => {
  const { source, output, page } = site(t, {
    'posts/a.md': post('A', '2024-01-01'),
    'posts/b.md': post('B', '2024-01-02', { tags: 'only' }),
  });
  await build(source, output);
  writeFileSync(join(output, 'CNAME'), 'e.org');
  writeFileSync(
    join(output, '.static-site.json'),
    JSON.stringify([...JSON.parse(page('.static-site.json')), '../source/site.json']),
  );
  rmSync(join(source, 'posts/b.md'));
  await build(source, output);
  assert.deepEqual(Object.keys(snapshot(output)), [
    '.static-site.json',
    'CNAME',
    'feed.xml',
    'index.html',
    'posts/a.html',
    'tags.html',
  ]);
  assert.ok(
    existsSync(join(source, 'site.json')),
    'an entry that leads out of the output folder is not followed',
  );
});
