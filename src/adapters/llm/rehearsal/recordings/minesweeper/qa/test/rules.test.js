import assert from 'node:assert/strict';
import { test } from 'node:test';

import { drawnBoard, seededBoard } from '../src/boards.js';
import { GameError } from '../src/errors.js';
import { Game } from '../src/game.js';
import { render } from '../src/render.js';

const drawn = (...rows) => new Game(drawnBoard(rows));
const seeded = (options) =>
  new Game(seededBoard({ width: 9, height: 9, mines: 10, seed: 'monday', ...options }));

/** The names of all cells in a state, row by row, for short comparisons: "0,1 2,3". */
function cellsIn(game, state) {
  const found = [];
  for (let row = 0; row < game.height; row += 1) {
    for (let column = 0; column < game.width; column += 1) {
      if (game.view(row, column) === state) found.push(`${row},${column}`);
    }
  }
  return found.join(' ');
}

function assertGameError(code, action) {
  assert.throws(action, (error) => error instanceof GameError && error.code === code);
}

test('AC1.1 the same seed and first cell give the same board and another seed gives another', () => {
  const played = (seed) => {
    const game = seeded({ seed });
    game.reveal(4, 4);
    return render(game);
  };
  assert.equal(played('monday'), played('monday'));
  const boards = new Set(['monday', 'tuesday', 'wednesday', 'game 1', 'game 2', ''].map(played));
  assert.equal(boards.size, 6);
});

test('AC1.2 a board holds exactly the requested number of mines', () => {
  for (const mines of [1, 10, 40, 72]) {
    for (let seed = 0; seed < 25; seed += 1) {
      const laid = seededBoard({ width: 9, height: 9, mines, seed: String(seed) }).lay(
        new Set([0, 1, 9, 10]),
      );
      assert.equal(laid.size, mines);
      for (const cell of laid) assert.ok(Number.isInteger(cell) && cell >= 0 && cell < 81, `cell ${cell}`);
    }
  }
});

test('AC1.3 the first revealed cell and its neighbours are free of mines', () => {
  for (const [row, column, least] of [
    [0, 0, 4],
    [0, 3, 6],
    [4, 4, 9],
    [8, 8, 4],
  ]) {
    for (let seed = 0; seed < 50; seed += 1) {
      const game = seeded({ mines: 72, seed: String(seed) });
      assert.ok(game.reveal(row, column) >= least);
      assert.equal(game.adjacent(row, column), 0);
      assert.notEqual(game.status, 'lost');
    }
  }
});

test('AC1.4 impossible sizes, mine counts and drawings are refused with the reason', () => {
  const wrong = {
    width: [3, 27, 4.5, NaN, '9'],
    height: [3, 41, Infinity, undefined],
    mines: [0, -1, 73, 1.5],
    seed: [null, 7],
  };
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values) {
      const options = { width: 9, height: 9, mines: 10, seed: 's', [option]: value };
      assert.throws(() => seededBoard(options), { code: 'INVALID_OPTION', message: new RegExp(option) });
    }
  }
  for (const rows of [[], [''], ['..', '...'], ['.x'], ['**'], ['.'.repeat(27)], Array(41).fill('.')]) {
    assertGameError('INVALID_BOARD', () => drawnBoard(rows));
  }
});

test('AC2.1 a numbered cell opens alone and is not counted across the edge', () => {
  const game = drawn('....', '*...', '....', '...*');
  assert.equal(game.reveal(0, 1), 1);
  assert.equal(game.adjacent(0, 1), 1);
  assert.equal(cellsIn(game, 'open'), '0,1');
  // d1 and d2 end the rows before and beside the mine in a2; counted across the edge they would show 1.
  game.reveal(0, 3);
  assert.equal(game.adjacent(0, 3), 0);
  assert.equal(game.adjacent(1, 3), 0);
  assertGameError('OUT_OF_BOARD', () => game.reveal(0, 4));
  assertGameError('OUT_OF_BOARD', () => game.reveal(-1, 0));
  assertGameError('OUT_OF_BOARD', () => game.reveal(0.5, 0));
});

test('AC2.2 revealing an empty cell opens the connected area and its numbered border', () => {
  const game = drawn('..*..', '..*..', '..*..', '.....');
  // The wall of mines keeps the area on the right closed.
  assert.equal(game.reveal(0, 0), 8);
  assert.equal(cellsIn(game, 'open'), '0,0 0,1 1,0 1,1 2,0 2,1 3,0 3,1');
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => game.adjacent(row, 1)),
    [2, 3, 2, 1],
  );

  const wide = drawn('*'.padEnd(26, '.'), ...Array(39).fill('.'.repeat(26)));
  assert.equal(wide.reveal(39, 25), 1039, 'the largest board opens in one move');
  assert.equal(wide.status, 'won');
});

test('AC2.3 an area that opens by itself leaves flagged cells covered', () => {
  const game = drawn('....', '....', '....', '...*');
  game.toggleFlag(0, 2);
  game.toggleFlag(2, 2);
  assert.equal(game.reveal(0, 0), 13);
  assert.equal(cellsIn(game, 'flagged'), '0,2 2,2');
  assert.equal(game.status, 'playing', 'two cells without a mine are still covered');
});

test('AC2.4 a chord opens the other neighbours only when the flags match the number', () => {
  const game = drawn('.*..', '....', '....');
  game.reveal(1, 1);
  assert.equal(game.chord(1, 1), 0, 'no flag yet');
  assert.equal(game.chord(2, 2), 0, 'a covered cell');
  game.toggleFlag(0, 1);
  assert.equal(game.chord(1, 1), 10);
  assert.equal(game.status, 'won');

  const careless = drawn('.*..', '....', '....');
  careless.reveal(1, 1);
  careless.toggleFlag(0, 0);
  careless.chord(1, 1);
  assert.equal(careless.status, 'lost', 'a wrong flag uncovers the mine');
});

test('AC3.1 a flagged cell is not revealed until the flag is taken down', () => {
  const game = drawn('*..', '...');
  assert.equal(game.toggleFlag(0, 0), true);
  assert.equal(game.reveal(0, 0), 0);
  assert.equal(game.status, 'ready');
  assert.equal(game.toggleFlag(0, 0), false);
  assert.equal(game.reveal(0, 0), 1);
  assert.equal(game.status, 'lost');
});

test('AC3.2 only putting up or taking down a flag changes the counter of mines', () => {
  const game = drawn('....', '....', '..**');
  assert.equal(game.minesLeft, 2);
  game.toggleFlag(0, 0);
  game.toggleFlag(0, 1);
  game.toggleFlag(2, 3);
  assert.equal(game.minesLeft, -1, 'more flags than mines');
  game.reveal(0, 3);
  assert.equal(game.minesLeft, -1, 'opening an area does not count');
  game.toggleFlag(0, 0);
  assert.equal(game.minesLeft, 0);
});

test('AC4.1 the game is won when every cell without a mine is open, with or without flags', () => {
  const game = drawn('*.', '.*');
  assert.equal(game.reveal(0, 1), 1);
  assert.equal(game.status, 'playing');
  assert.equal(game.reveal(1, 0), 1);
  assert.equal(game.status, 'won');
  assert.equal(cellsIn(game, 'flagged'), '0,0 1,1');
  assert.equal(game.minesLeft, 0);
});

test('AC4.2 a revealed mine loses and shows the other mines and the wrong flags', () => {
  const game = drawn('*.*', '..*');
  game.toggleFlag(0, 1);
  game.toggleFlag(1, 2);
  game.reveal(0, 0);
  assert.equal(game.status, 'lost');
  assert.equal(cellsIn(game, 'exploded'), '0,0');
  assert.equal(cellsIn(game, 'mine'), '0,2');
  assert.equal(cellsIn(game, 'wrong-flag'), '0,1');
  assert.equal(cellsIn(game, 'flagged'), '1,2');
});

test('AC4.3 moves after the end are refused and change nothing', () => {
  const lost = drawn('*.', '..');
  lost.reveal(0, 0);
  const won = drawn('..', '..');
  won.reveal(0, 0);
  for (const game of [lost, won]) {
    const before = render(game);
    assertGameError('GAME_OVER', () => game.reveal(1, 1));
    assertGameError('GAME_OVER', () => game.toggleFlag(1, 1));
    assertGameError('GAME_OVER', () => game.chord(1, 1));
    assert.equal(render(game), before);
  }
});
