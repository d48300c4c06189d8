import { GameError } from './errors.js';

/** @typedef {{ mine: boolean, adjacent: number, state: 'covered' | 'flagged' | 'open' }} Cell */

/** One game of Minesweeper. Knows the rules and nothing about input or output. Rows and columns start at 0. */
export class Game {
  #board;
  /** @type {Cell[]} row by row */
  #cells;
  /** @type {'ready' | 'playing' | 'won' | 'lost'} */
  #status = 'ready';

  /** @param {import('./boards.js').Board} board */
  constructor(board) {
    this.#board = board;
    this.#cells = Array.from({ length: board.width * board.height }, () => ({
      mine: false,
      adjacent: 0,
      state: 'covered',
    }));
  }

  /** @returns {number} */
  get width() {
    return this.#board.width;
  }

  /** @returns {number} */
  get height() {
    return this.#board.height;
  }

  /** @returns {'ready' | 'playing' | 'won' | 'lost'} */
  get status() {
    return this.#status;
  }

  /** @returns {number} mines minus flags; negative if there are too many flags */
  get minesLeft() {
    if (this.#status === 'won') return 0;
    return this.#board.mines - this.#cells.filter((cell) => cell.state === 'flagged').length;
  }

  /**
   * Uncovers a cell, and the area around it if no mine is near. Flagged and open cells stay as they are.
   *
   * @param {number} row
   * @param {number} column
   * @returns {number} cells opened
   * @throws {GameError} OUT_OF_BOARD, GAME_OVER
   */
  reveal(row, column) {
    const start = this.#indexForMove(row, column);
    if (this.#cells[start].state !== 'covered') return 0;
    if (this.#status === 'ready') this.#layMines(start);
    const opened = this.#open(start);
    this.#settle();
    return opened;
  }

  /**
   * Puts up a flag or takes it down. Open cells stay as they are.
   *
   * @param {number} row
   * @param {number} column
   * @returns {boolean} whether the cell is flagged now
   * @throws {GameError} OUT_OF_BOARD, GAME_OVER
   */
  toggleFlag(row, column) {
    const cell = this.#cells[this.#indexForMove(row, column)];
    if (cell.state !== 'open') cell.state = cell.state === 'flagged' ? 'covered' : 'flagged';
    return cell.state === 'flagged';
  }

  /**
   * Uncovers the neighbours of an open number that has as many flags around it as mines. A wrong flag can lose the game.
   *
   * @param {number} row
   * @param {number} column
   * @returns {number} cells opened
   * @throws {GameError} OUT_OF_BOARD, GAME_OVER
   */
  chord(row, column) {
    const centre = this.#indexForMove(row, column);
    const { state, adjacent } = this.#cells[centre];
    const neighbours = this.#neighbours(centre);
    const flags = neighbours.filter((index) => this.#cells[index].state === 'flagged').length;
    if (state !== 'open' || flags !== adjacent) return 0;
    let opened = 0;
    for (const index of neighbours) {
      if (this.#cells[index].state === 'covered') opened += this.#open(index);
    }
    this.#settle();
    return opened;
  }

  /**
   * What the player may see of a cell. Mines show only when the game is over.
   *
   * @param {number} row
   * @param {number} column
   * @returns {'covered' | 'flagged' | 'open' | 'mine' | 'exploded' | 'wrong-flag'}
   * @throws {GameError} OUT_OF_BOARD
   */
  view(row, column) {
    const { mine, state } = this.#cells[this.#index(row, column)];
    if (this.#status === 'won') return mine ? 'flagged' : 'open';
    if (this.#status !== 'lost') return state;
    if (mine && state === 'open') return 'exploded';
    if (mine && state === 'covered') return 'mine';
    return !mine && state === 'flagged' ? 'wrong-flag' : state;
  }

  /**
   * @param {number} row
   * @param {number} column
   * @returns {number | undefined} mines around an open cell; undefined for any other cell
   * @throws {GameError} OUT_OF_BOARD
   */
  adjacent(row, column) {
    if (this.view(row, column) !== 'open') return undefined;
    return this.#cells[this.#index(row, column)].adjacent;
  }

  #index(row, column) {
    const onBoard =
      Number.isInteger(row) &&
      row >= 0 &&
      row < this.height &&
      Number.isInteger(column) &&
      column >= 0 &&
      column < this.width;
    if (!onBoard) {
      throw new GameError('OUT_OF_BOARD', `the board has ${this.width} columns and ${this.height} rows`);
    }
    return row * this.width + column;
  }

  #indexForMove(row, column) {
    if (this.#status === 'won' || this.#status === 'lost') {
      throw new GameError('GAME_OVER', `the game is over: ${this.#status}`);
    }
    return this.#index(row, column);
  }

  /** The up to eight cells around one. Works on rows and columns, as plain numbers would run across the edges. */
  #neighbours(index) {
    const row = Math.floor(index / this.width);
    const column = index % this.width;
    const found = [];
    for (let r = Math.max(0, row - 1); r <= Math.min(this.height - 1, row + 1); r += 1) {
      for (let c = Math.max(0, column - 1); c <= Math.min(this.width - 1, column + 1); c += 1) {
        if (r !== row || c !== column) found.push(r * this.width + c);
      }
    }
    return found;
  }

  #layMines(start) {
    for (const index of this.#board.lay(new Set([start, ...this.#neighbours(start)]))) {
      this.#cells[index].mine = true;
      for (const neighbour of this.#neighbours(index)) this.#cells[neighbour].adjacent += 1;
    }
    this.#status = 'playing';
  }

  /** Opens a cell and, while cells have no mine around, their neighbours. A work list: recursion could run too deep. */
  #open(start) {
    const pending = [start];
    let opened = 0;
    while (pending.length > 0) {
      const index = pending.pop();
      const cell = this.#cells[index];
      if (cell.state === 'open') continue;
      cell.state = 'open';
      opened += 1;
      if (cell.adjacent === 0 && !cell.mine) pending.push(...this.#neighbours(index));
    }
    return opened;
  }

  /** Decides the game after cells were opened. An open mine loses even if the same move opened the last free cell. */
  #settle() {
    const open = this.#cells.filter((cell) => cell.state === 'open');
    if (open.some((cell) => cell.mine)) this.#status = 'lost';
    else if (open.length === this.#cells.length - this.#board.mines) this.#status = 'won';
  }
}
