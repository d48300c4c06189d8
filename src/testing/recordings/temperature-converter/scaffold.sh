#!/bin/sh
set -eu
mkdir -p src test
cat > package.json <<'JSON'
{ "name": "temperature-converter", "private": true, "type": "module", "scripts": { "test": "node --test" } }
JSON
