#!/bin/sh
# Lays out the empty project: folders, package.json, README.md and .gitignore. Safe to run again.
set -eu

mkdir -p src test example/posts example/layouts example/static

cat > package.json <<'JSON'
{
  "name": "static-site",
  "version": "0.1.0",
  "description": "Static site generator: Markdown posts to HTML pages, tag pages and an RSS feed",
  "private": true,
  "type": "module",
  "bin": { "static-site": "./src/cli.js" },
  "engines": { "node": ">=20.19" },
  "scripts": {
    "example": "node src/cli.js example public",
    "test": "node --test"
  }
}
JSON

cat > README.md <<'MD'
# static-site

Turns a folder of Markdown posts into a website: a page per post, an index by date, tag pages and an RSS feed. No
dependencies, no configuration beyond `site.json`.

```sh
node src/cli.js example public    # builds the example site into public/
```

A site is a folder:

```
site.json            title, description, url, language
layouts/base.html    the frame around every page
layouts/post.html    index.html, tag.html and tags.html likewise
posts/*.md           one post each
static/              copied as it is
```

A post starts with front matter:

```
---
title: Bread without kneading
date: 2024-03-01
tags: baking, slow food
summary: Four ingredients and a night of patience.
---
Mix *everything* and wait.
```

`slug`, `layout` and `draft: true` are optional. In layouts, `{{ post.title }}` inserts an escaped value,
`{{{ post.content }}}` one that is HTML already; `{{#each posts}}…{{/each}}` repeats and `{{#if post.summary}}…{{/if}}`
asks.

Run the tests with `npm test`.
MD

cat > .gitignore <<'IGNORE'
node_modules/
coverage/
public/
IGNORE
