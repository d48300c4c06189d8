const SYMBOLS = { covered: '#', flagged: 'F', mine: '*', exploded: 'X', 'wrong-flag': '!' };

/**
 * Draws the board with column letters and row numbers, then an empty line and the state of the game.
 *
 * @param {import('./game.js').Game} game
 * @returns {string} lines, each ended by a newline
 */
export function render(game) {
  const columns = [...Array(game.width).keys()];
  const lines = [`     ${columns.map((column) => String.fromCharCode(97 + column)).join(' ')}`];
  for (let row = 0; row < game.height; row += 1) {
    const cells = columns.map((column) => symbol(game, row, column));
    lines.push(`${String(row + 1).padStart(3)}  ${cells.join(' ')}`);
  }
  lines.push('', `mines left: ${game.minesLeft}  status: ${game.status}`);
  return `${lines.join('\n')}\n`;
}

function symbol(game, row, column) {
  const view = game.view(row, column);
  if (view !== 'open') return SYMBOLS[view];
  const adjacent = game.adjacent(row, column);
  return adjacent === 0 ? '.' : String(adjacent);
}
