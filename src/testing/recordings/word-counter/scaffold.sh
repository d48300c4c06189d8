#!/bin/sh
set -eu
mkdir -p src test
cat > package.json <<'JSON'
{ "name": "word-counter", "private": true, "type": "module", "scripts": { "test": "node --test" } }
JSON
cat > README.md <<'TEXT'
# Word counter – counts “words”
TEXT
