import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BuildError } from '../src/errors.js';
import { parsePost } from '../src/front-matter.js';
import { markdownToHtml } from '../src/markdown.js';
import { compile } from '../src/template.js';

function assertBuildError(file, pattern, action) {
  assert.throws(action, (error) => {
    assert.ok(error instanceof BuildError, `${error}`);
    assert.equal(error.file, file);
    assert.ok(error.message.startsWith(`${file}: `), error.message);
    assert.match(error.message, pattern);
    return true;
  });
}

test('AC1.1 the front matter is read and the rest is the text of the post', () => {
  const text = [
    '---',
    'title: "Soup: a beginning"',
    'date: 2024-02-29',
    'tags: cooking, , slow food ,',
    'summary: Start with water.',
    'slug: soup',
    '---',
    'First line',
    '---',
    'after a rule',
  ];
  const expected = {
    file: 'posts/a.md',
    title: 'Soup: a beginning',
    date: '2024-02-29',
    tags: ['cooking', 'slow food'],
    summary: 'Start with water.',
    slug: 'soup',
    layout: 'post',
    draft: false,
    body: 'First line\n---\nafter a rule',
  };
  assert.deepEqual(parsePost(text.join('\n'), 'posts/a.md'), expected);
  assert.deepEqual(
    parsePost(`\uFEFF${text.join('\r\n')}`, 'posts/a.md'),
    expected,
    'as saved by a Windows editor',
  );
  const least = parsePost('---\ntitle: T\ndate: 2024-01-01\n---\n', 'posts/Two Words.md');
  assert.deepEqual([least.slug, least.summary, least.tags, least.body], ['two-words', '', [], '']);
});

test('AC1.2 faults in the front matter are refused with the file and the field', () => {
  const post = (...lines) => ['---', ...lines, '---', 'text'].join('\n');
  const valid = ['title: T', 'date: 2024-01-01'];
  const faults = [
    [post('date: 2024-01-01'), /title is missing/],
    [post('title:', 'date: 2024-01-01'), /title is missing/],
    [post('title: T'), /date is missing/],
    [post('title: T', 'date: 2024-02-30'), /date "2024-02-30"/],
    [post('title: T', 'date: 2023-02-29'), /date "2023-02-29"/],
    [post('title: T', 'date: 2024-13-01'), /date "2024-13-01"/],
    [post('title: T', 'date: 1 March 2024'), /date "1 March 2024"/],
    [post(...valid, 'tag: x'), /tag is not a known key/],
    [post(...valid, 'title: again'), /title is given twice/],
    [post(...valid, 'just words'), /just words/],
    [post(...valid, 'draft: maybe'), /draft/],
    [post(...valid, 'slug: ../../etc/passwd'), /slug/],
    [post(...valid, 'layout: ../secret'), /layout/],
    [post(...valid, 'tags: ok, !?'), /tags: "!\?"/],
    ['no front matter', /front matter/],
    ['---\ntitle: never closed', /front matter/],
  ];
  for (const [text, message] of faults) {
    assertBuildError('posts/a.md', message, () => parsePost(text, 'posts/a.md'));
  }
});

test('AC2.1 block elements are translated', () => {
  const text = `# One
###### Six ##
A paragraph
of two lines
- red
- green

1. first
2) second

> quoted
>
> # Loud
***
\`\`\`js
let a = 1;

  let b;
\`\`\`
the end`;
  const html = `<h1>One</h1>
<h6>Six</h6>
<p>A paragraph
of two lines</p>
<ul>
<li>red</li>
<li>green</li>
</ul>
<ol>
<li>first</li>
<li>second</li>
</ol>
<blockquote>
<p>quoted</p>
<h1>Loud</h1>
</blockquote>
<hr>
<pre><code class="language-js">let a = 1;

  let b;
</code></pre>
<p>the end</p>`;
  assert.equal(markdownToHtml(text), html);
  assert.equal(markdownToHtml(''), '');
  assert.equal(markdownToHtml('```\nnever closed'), '<pre><code>never closed\n</code></pre>');
});

test('AC2.2 inline elements are translated and a backslash takes the meaning from a mark', () => {
  const cases = {
    'a *b* **c** `d`': 'a <em>b</em> <strong>c</strong> <code>d</code>',
    '**bold and *both***': '<strong>bold and <em>both</em></strong>',
    '[*a* b](c.html)': '<a href="c.html"><em>a</em> b</a>',
    '![a cat](img/cat.png)': '<img src="img/cat.png" alt="a cat">',
    '\\*not emphasised\\*': '*not emphasised*',
    '2 * 3 * 4 and snake_case_name': '2 * 3 * 4 and snake_case_name',
    '``a ` b``': '<code>a ` b</code>',
    '*open and [open](': '*open and [open](',
  };
  for (const [text, html] of Object.entries(cases)) assert.equal(markdownToHtml(text), `<p>${html}</p>`);
});

test('AC2.3 HTML is shown as text and nothing inside code is interpreted', () => {
  assert.equal(
    markdownToHtml('<script>alert(1)</script> & <b>'),
    '<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;</p>',
  );
  assert.equal(markdownToHtml('&lt;'), '<p>&amp;lt;</p>');
  assert.equal(markdownToHtml('`**a** <i> [b](c)`'), '<p><code>**a** &lt;i&gt; [b](c)</code></p>');
  assert.equal(
    markdownToHtml('```\n# *a* </code>\n- \\*\n```'),
    '<pre><code># *a* &lt;/code&gt;\n- \\*\n</code></pre>',
  );
});

test('AC2.4 quotes in addresses and descriptions cannot break out of their attribute', () => {
  assert.equal(
    markdownToHtml('![x" onerror="alert(1)](a.png)'),
    '<p><img src="a.png" alt="x&quot; onerror=&quot;alert(1)"></p>',
  );
  assert.equal(
    markdownToHtml('[a](https://example.org/"onmouseover="steal)'),
    '<p><a href="https://example.org/&quot;onmouseover=&quot;steal">a</a></p>',
  );
  assert.equal(markdownToHtml('[a](?x=1&y=2)'), '<p><a href="?x=1&amp;y=2">a</a></p>');
});

test('AC2.5 links and images with a dangerous scheme do not become elements', () => {
  for (const address of [
    'javascript:alert',
    'JavaScript:alert',
    'data:text/html,x',
    'vbscript:x',
    '\u0001javascript:x',
  ]) {
    assert.doesNotMatch(markdownToHtml(`[a](${address}) ![b](${address})`), /<a|<img/, address);
  }
  for (const address of [
    'https://e.org',
    'HTTP://e.org',
    'mailto:a@e.org',
    '../b.html',
    '#top',
    'a/b:c',
    '?q=a:b',
  ]) {
    assert.equal(markdownToHtml(`[a](${address})`), `<p><a href="${address}">a</a></p>`);
  }
});

test('AC3.2 double braces are safe in text and in quoted attributes and triple braces insert HTML', () => {
  const template = compile('<a title="{{ t }}" rel=\'{{ t }}\'>{{ t }}</a>{{{ html }}}', 'layouts/x.html');
  const values = { t: `"a" & 'b' <c>`, html: '<b>"{{ t }}"</b>' };
  const entities = { '&quot;': '"', '&#39;': "'", '&apos;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  const parts = /^<a title="([^"<>]*)" rel='([^'<>]*)'>([^<>]*)<\/a><b>"\{\{ t \}\}"<\/b>$/.exec(
    template(values),
  );
  assert.ok(parts, template(values));
  for (const part of parts.slice(1)) {
    assert.equal(
      part.replace(/&[#\w]+;/g, (entity) => entities[entity]),
      values.t,
    );
  }
});

test('AC3.3 unknown names and unclosed blocks are refused with the layout and the name', () => {
  const file = 'layouts/x.html';
  const refuses = (text, message, values = {}) =>
    assertBuildError(file, message, () => compile(text, file)(values));
  refuses('{{ post.titel }}', /post\.titel/, { post: { title: 'T' } });
  refuses('{{ constructor }}', /constructor/);
  refuses('{{{ post.content }}}', /post\.content/);
  refuses('{{#each posts}}{{ title }}{{/each}}', /title/, { posts: [{ name: 'no title' }] });
  refuses('{{#each post}}{{/each}}', /post is not a list/, { post: {} });
  refuses('{{#if a}}text', /#if a.* not closed/, { a: true });
  refuses('{{#if a}}{{/each}}', /\/each/, { a: true });
  refuses('text{{/if}}', /\/if/);
});
