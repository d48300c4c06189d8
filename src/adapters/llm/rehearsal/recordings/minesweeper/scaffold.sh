#!/bin/sh
# Lays out the empty project: folders, package.json, README.md and .gitignore. Safe to run again.
set -eu

mkdir -p src boards test

cat > package.json <<'JSON'
{
  "name": "minesweeper",
  "version": "0.1.0",
  "description": "Minesweeper for the terminal with seeded boards and a script mode",
  "private": true,
  "type": "module",
  "bin": { "minesweeper": "./src/cli.js" },
  "engines": { "node": ">=20.19" },
  "scripts": {
    "start": "node src/cli.js",
    "test": "node --test"
  }
}
JSON

cat > README.md <<'MD'
# Minesweeper

Minesweeper for the terminal, without dependencies.

```sh
node src/cli.js                                         # 9x9, 10 mines
node src/cli.js --width 26 --height 16 --mines 80       # bigger
node src/cli.js --seed tuesday                          # the same board for everybody
node src/cli.js --board boards/corner.txt               # a board you drew yourself
node src/cli.js --seed tuesday --script moves.txt       # no questions asked: plays the file and ends
```

| Command | Short | Meaning |
| --- | --- | --- |
| `reveal c4` | `r c4` | Uncover column c, row 4 |
| `flag c4` | `f c4` | Put up or take down a flag |
| `chord c4` | `c c4` | Uncover the rest around a number whose flags are complete |
| `help` | `h` | List the commands |
| `quit` | `q` | Leave the game |

On the board `#` is covered, `.` is open with no mine around, `F` is a flag. After a lost game `*` is a mine, `X` the
mine that went off and `!` a flag that was wrong.

Run the tests with `npm test`.
MD

cat > .gitignore <<'IGNORE'
node_modules/
coverage/
IGNORE
