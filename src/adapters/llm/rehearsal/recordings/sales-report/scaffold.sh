#!/bin/sh
# Prepares an empty project folder. Safe to run again: it only rewrites its own files.
set -eu

mkdir -p src test data

cat > package.json <<'JSON'
{
  "name": "sales-report",
  "version": "0.1.0",
  "description": "A Markdown and HTML report from a CSV file of sales, without dependencies",
  "private": true,
  "type": "module",
  "engines": { "node": ">=20.19" },
  "scripts": {
    "start": "node src/main.js",
    "test": "node --test"
  }
}
JSON

cat > .gitignore <<'TXT'
node_modules/
out/
TXT

cat > README.md <<'MD'
# Sales report

Reads a CSV file with one order per row and writes `report.md` and `report.html`.
No dependencies.

    npm start                                    # data/sales.csv to out/
    node src/main.js export.csv --out reports --top 10
    npm test

Columns: `date,order_id,region,product,quantity,unit_price`. Rows that cannot be
used are left out and listed at the end of the report, with line and reason.
MD
