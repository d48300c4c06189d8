import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { drawnBoard } from '../src/boards.js';
import { Game } from '../src/game.js';
import { render } from '../src/render.js';

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));

/** Runs the program to its end with the given standard input. */
function run(args, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', input });
  return { status, stdout, stderr };
}

/** Writes files into a folder that goes away with the test; returns the function that gives their paths. */
function filesFor(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'minesweeper-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return (name) => join(folder, name);
}

test('AC5.1 the board shows open, covered and flagged cells in a fixed layout', () => {
  const game = new Game(
    drawnBoard(['...*', '....', '....', '*...', '....', '....', '....', '....', '....', '..*.']),
  );
  game.reveal(0, 0);
  game.toggleFlag(0, 3);
  const expected = [
    '     a b c d',
    '  1  . . 1 F',
    '  2  . . 1 1',
    '  3  1 1 . .',
    '  4  # 1 . .',
    '  5  1 1 . .',
    '  6  . . . .',
    '  7  . . . .',
    '  8  . . . .',
    '  9  . 1 1 1',
    ' 10  . 1 # #',
    '',
    'mines left: 2  status: playing',
    '',
  ];
  assert.equal(render(game), expected.join('\n'));
});

test('AC5.2 the text does not tell a covered mine from any other covered cell', () => {
  const texts = [
    ['.*...', '.....', '.....'],
    ['.....', '*....', '.....'],
    ['.....', '.*...', '.....'],
  ].map((rows) => {
    const game = new Game(drawnBoard(rows));
    game.reveal(0, 0);
    game.toggleFlag(0, 1);
    return render(game);
  });
  assert.equal(texts[1], texts[0]);
  assert.equal(texts[2], texts[0]);
});

test('AC6.1 a script is played to its result with the board after each command', (t) => {
  const path = filesFor(t, { 'board.txt': '...\n...\n..*\n', 'moves.txt': 'flag c3\nR A1\nreveal a2\n' });
  const { status, stdout, stderr } = run(['--board', path('board.txt'), '--script', path('moves.txt')]);
  const board = (...rows) =>
    ['     a b c', ...rows.map((row, index) => `  ${index + 1}  ${row}`), ''].join('\n');
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    [
      board('# # #', '# # #', '# # #'),
      'mines left: 1  status: ready',
      '> flag c3',
      board('# # #', '# # #', '# # F'),
      'mines left: 0  status: ready',
      '> R A1',
      board('. . .', '. 1 1', '. 1 F'),
      'mines left: 0  status: won',
      'result: won',
      '',
    ].join('\n'),
  );
  assert.equal(status, 0);
});

test('AC6.2 a wrong line ends the script with its number and exit code 2', (t) => {
  const path = filesFor(t, { 'board.txt': '*..\n...\n' });
  const play = (script) => run(['--board', path('board.txt'), '--script', '-'], script);
  const cases = [
    ['flag a1\ndig b2\n', /^line 2: "dig" is not a command/],
    ['reveal\n', /^line 1: reveal needs one cell/],
    ['reveal b0\n', /^line 1: /],
    ['\nreveal z9\n', /^line 2: the board has 3 columns and 2 rows/],
  ];
  for (const [script, message] of cases) {
    const { status, stdout, stderr } = play(script);
    assert.match(stderr, message);
    assert.equal(status, 2);
    assert.doesNotMatch(stdout, /result:/);
  }
  assert.equal(run(['--width', 'wide', '--script', '-']).status, 2);
});

test('AC6.3 a script from standard input may hold blank lines and comments', () => {
  const args = ['--seed', 'tuesday', '--script', '-'];
  const commented = run(args, '# open the middle\n\n   reveal e5\r\n\t\n# enough\nquit\nnot reached\n');
  const plain = run(args, 'reveal e5\nquit');
  assert.equal(commented.stderr, '');
  assert.equal(commented.status, 0);
  assert.equal(commented.stdout, plain.stdout);
  assert.match(plain.stdout, /^seed: tuesday\n/);
  assert.match(plain.stdout, /\n> quit\nresult: playing\n$/);
});
