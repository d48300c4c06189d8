#!/bin/sh
# Prepares an empty project folder. Safe to run again: it only rewrites its own files.
set -eu

mkdir -p src test data

cat > package.json <<'JSON'
{
  "name": "url-shortener",
  "version": "0.1.0",
  "description": "A URL shortener with click statistics, without dependencies",
  "private": true,
  "type": "module",
  "engines": { "node": ">=20.19" },
  "scripts": {
    "start": "node src/server.js",
    "test": "node --test"
  }
}
JSON

cat > .gitignore <<'TXT'
node_modules/
data/*.json
data/*.tmp
TXT

cat > README.md <<'MD'
# URL shortener

Short links with clicks per day. One process, one file, no dependencies.

    npm start                # http://127.0.0.1:8080, data in data/links.json
    npm test

Settings are environment variables: `PORT`, `HOST`, `DATA_FILE`, and `BASE_URL`
for the public address that short links begin with.

    curl -X POST http://127.0.0.1:8080/api/links -d '{"url": "https://example.org/a/long/path"}'
    curl -i http://127.0.0.1:8080/<code>
    curl 'http://127.0.0.1:8080/api/links/<code>/stats?from=2026-03-01&to=2026-03-31'

The service has no accounts. Put it behind a proxy that decides who may use `/api`.
MD
