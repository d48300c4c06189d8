import { GameError } from './errors.js';
import { createRandom } from './random.js';

/**
 * Where the mines are. Cells are numbered row by row from 0.
 *
 * @typedef {object} Board
 * @property {number} width
 * @property {number} height
 * @property {number} mines
 * @property {(safe: Set<number>) => Set<number>} lay gives the cells with mines; called once, on the first reveal
 */

const MAX_WIDTH = 26;
const MAX_HEIGHT = 40;

/**
 * A board whose mines follow from the seed and from the cells that have to stay free.
 *
 * @param {object} options
 * @param {number} options.width 4 to 26: columns are named by one letter
 * @param {number} options.height 4 to 40
 * @param {number} options.mines 1 to width * height - 9: the first cell and its neighbours must stay free
 * @param {string} options.seed
 * @returns {Board}
 * @throws {GameError} INVALID_OPTION with the option's name
 */
export function seededBoard({ width, height, mines, seed }) {
  integerWithin('width', width, 4, MAX_WIDTH);
  integerWithin('height', height, 4, MAX_HEIGHT);
  integerWithin('mines', mines, 1, width * height - 9);
  if (typeof seed !== 'string') throw new GameError('INVALID_OPTION', 'seed must be text');

  const lay = (safe) => {
    const random = createRandom(seed);
    const cells = [...Array(width * height).keys()].filter((cell) => !safe.has(cell));
    // The first steps of a Fisher-Yates shuffle: every choice is equally likely and no cell is drawn twice.
    for (let drawn = 0; drawn < mines; drawn += 1) {
      const other = drawn + random(cells.length - drawn);
      [cells[drawn], cells[other]] = [cells[other], cells[drawn]];
    }
    return new Set(cells.slice(0, mines));
  };
  return { width, height, mines, lay };
}

/**
 * A board that was drawn by hand. Its mines are fixed, so the first reveal is not protected.
 *
 * @param {string[]} rows `*` for a mine, `.` for a free cell; all of the same length
 * @returns {Board}
 * @throws {GameError} INVALID_BOARD
 */
export function drawnBoard(rows) {
  const width = rows[0]?.length ?? 0;
  if (width < 1 || width > MAX_WIDTH || rows.length > MAX_HEIGHT) {
    throw new GameError('INVALID_BOARD', `a board has 1 to ${MAX_WIDTH} columns and 1 to ${MAX_HEIGHT} rows`);
  }
  rows.forEach((row, index) => {
    if (row.length !== width || !/^[.*]+$/.test(row)) {
      throw new GameError('INVALID_BOARD', `row ${index + 1} must be ${width} characters, each "." or "*"`);
    }
  });
  const cells = [...rows.join('')];
  if (!cells.includes('.')) throw new GameError('INVALID_BOARD', 'a board needs at least one free cell');
  const laid = new Set([...cells.keys()].filter((cell) => cells[cell] === '*'));
  return { width, height: rows.length, mines: laid.size, lay: () => laid };
}

function integerWithin(option, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) {
    const given = String(value);
    throw new GameError(
      'INVALID_OPTION',
      `${option} must be a whole number from ${least} to ${most}, not ${given}`,
    );
  }
}
