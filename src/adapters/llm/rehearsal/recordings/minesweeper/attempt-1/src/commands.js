import { CommandError } from './errors.js';

/**
 * @typedef {{ action: 'reveal' | 'flag' | 'chord', row: number, column: number }} Move
 * @typedef {{ action: 'help' | 'quit' }} Control
 */

const ACTIONS = ['reveal', 'flag', 'chord', 'help', 'quit'];
const MOVES = new Set(['reveal', 'flag', 'chord']);

export const HELP = `reveal c4 (r)  uncover column c, row 4
flag c4   (f)  put up or take down a flag
chord c4  (c)  uncover the rest around a number whose flags are complete
help      (h)  list the commands
quit      (q)  leave the game
`;

/**
 * Reads one line. Upper and lower case mean the same, and the first letter of a command is enough.
 *
 * @param {string} line
 * @returns {Move | Control | null} null for a blank line or a comment
 * @throws {CommandError} for anything that is no command
 */
export function parseCommand(line) {
  const text = line.trim().toLowerCase();
  if (text === '' || text.startsWith('#')) return null;

  const [word, cell, ...rest] = text.split(/\s+/);
  const action = ACTIONS.find((name) => name === word || name[0] === word);
  if (action === undefined) throw new CommandError(`"${word}" is not a command; try help`);
  if (!MOVES.has(action)) {
    if (cell !== undefined) throw new CommandError(`${action} stands alone`);
    return { action };
  }
  const match = /^([a-z])([1-9]\d?)$/.exec(cell ?? '');
  if (match === null || rest.length > 0) throw new CommandError(`${action} needs one cell, such as c4`);
  return { action, row: Number(match[2]) - 1, column: match[1].charCodeAt(0) - 'a'.charCodeAt(0) };
}

/**
 * @param {import('./game.js').Game} game
 * @param {Move} move
 * @throws {import('./errors.js').GameError} OUT_OF_BOARD, GAME_OVER
 */
export function perform(game, { action, row, column }) {
  if (action === 'reveal') game.reveal(row, column);
  else if (action === 'flag') game.toggleFlag(row, column);
  else game.chord(row, column);
}
