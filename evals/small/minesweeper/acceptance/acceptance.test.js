import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawnBoard, seededBoard } from './src/boards.js';
import { Game } from './src/game.js';

const drawn = (...rows) => new Game(drawnBoard(rows));

test('an empty area opens with its rim, and no further', () => {
  const game = drawn('....*.', '....*.', '....*.');
  assert.equal(game.reveal(1, 0), 12);
  assert.equal(game.view(0, 4), 'covered');
  assert.equal(game.view(0, 5), 'covered');
  assert.equal(game.adjacent(1, 3), 3);
  assert.equal(game.status, 'playing');
});

test('a mine ends the game', () => {
  const game = drawn('*.', '..');
  game.reveal(0, 0);
  assert.equal(game.status, 'lost');
});

test('a flag protects its cell, from a reveal and from an area that opens', () => {
  const game = drawn('.....', '.....', '....*');
  game.toggleFlag(0, 4);
  game.toggleFlag(1, 1);
  assert.equal(game.minesLeft, -1);
  game.reveal(1, 1);
  assert.equal(game.view(1, 1), 'flagged');
  assert.equal(game.reveal(0, 0), 12);
  assert.equal(game.view(0, 4), 'flagged');
  assert.equal(game.view(1, 1), 'flagged');
  assert.equal(game.minesLeft, -1);
  assert.equal(game.status, 'playing');
});

test('the first reveal on a seeded board is safe, and the seed decides the rest', () => {
  const played = (seed) => {
    const game = new Game(seededBoard({ width: 8, height: 8, mines: 20, seed }));
    game.reveal(3, 5);
    assert.equal(game.status, 'playing');
    let picture = '';
    for (let row = 0; row < 8; row += 1)
      for (let column = 0; column < 8; column += 1)
        picture += game.view(row, column) === 'open' ? game.adjacent(row, column) : '#';
    return picture;
  };
  assert.equal(played('april'), played('april'));
  assert.ok(new Set(['april', 'may', 'june', 'july'].map(played)).size > 1);
});
