#!/bin/sh
# Prepares an empty project folder. Safe to run again: it only rewrites its own files.
set -eu

mkdir -p src test

cat > package.json <<'JSON'
{
  "name": "todo-cli",
  "version": "0.1.0",
  "description": "A to-do list for the command line, without dependencies",
  "private": true,
  "type": "module",
  "bin": { "todo": "src/bin.js" },
  "engines": { "node": ">=20.19" },
  "scripts": {
    "start": "node src/bin.js",
    "test": "node --test"
  }
}
JSON

cat > .gitignore <<'TXT'
node_modules/
todo.json
todo.json.tmp
TXT

cat > README.md <<'MD'
# todo

A to-do list in a JSON file. No dependencies.

    node src/bin.js add Pay the rent --due friday --priority high --tag home
    node src/bin.js list --due week
    node src/bin.js done 1
    node src/bin.js --help

`npm link` installs it as `todo`. The list is `todo.json` in the current folder
unless `--file` or the environment variable `TODO_FILE` names another one.

    npm test
MD
