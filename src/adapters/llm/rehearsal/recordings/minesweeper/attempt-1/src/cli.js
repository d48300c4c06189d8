#!/usr/bin/env node
import { randomInt } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { drawnBoard, seededBoard } from './boards.js';
import { HELP, parseCommand, perform } from './commands.js';
import { CommandError, GameError } from './errors.js';
import { Game } from './game.js';
import { render } from './render.js';

const USAGE = `usage: minesweeper [--width 9] [--height 9] [--mines 10] [--seed TEXT] [--board FILE] [--script FILE|-]
`;

/**
 * Runs the program.
 *
 * @param {string[]} argv arguments without the names of node and the script
 * @param {{ stdin: import('node:stream').Readable, stdout: import('node:stream').Writable, stderr: import('node:stream').Writable }} io
 * @returns {Promise<number>} exit code: 0, or 2 for wrong options or a wrong line in a script
 */
export async function main(argv, io) {
  let game;
  let script;
  try {
    const options = readOptions(argv);
    if (options.board === undefined) io.stdout.write(`seed: ${options.seed}\n`);
    game = new Game(options.board === undefined ? seededBoard(options) : drawnBoard(readRows(options.board)));
    if (options.script === '-') script = await text(io.stdin);
    else if (options.script !== undefined) script = readFileSync(options.script, 'utf8');
  } catch (error) {
    io.stderr.write(`${error.message}\n${USAGE}`);
    return 2;
  }
  return script === undefined ? playInteractively(game, io) : playScript(game, script, io);
}

function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      width: { type: 'string', default: '9' },
      height: { type: 'string', default: '9' },
      mines: { type: 'string', default: '10' },
      // A seed that was drawn by chance is printed as well, so that every game can be repeated.
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      board: { type: 'string' },
      script: { type: 'string' },
    },
  });
  return {
    ...values,
    width: Number(values.width),
    height: Number(values.height),
    mines: Number(values.mines),
  };
}

function readRows(file) {
  return readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
}

function isOver(game) {
  return game.status === 'won' || game.status === 'lost';
}

function playScript(game, script, { stdout, stderr }) {
  stdout.write(render(game));
  for (const [index, line] of script.split(/\r?\n/).entries()) {
    try {
      const command = parseCommand(line);
      if (command === null) continue;
      stdout.write(`> ${line.trim()}\n`);
      if (command.action === 'quit') break;
      if (command.action === 'help') {
        stdout.write(HELP);
        continue;
      }
      perform(game, command);
    } catch (error) {
      if (!isPlayersMistake(error)) throw error;
      stderr.write(`line ${index + 1}: ${error.message}\n`);
      return 2;
    }
    stdout.write(render(game));
    if (isOver(game)) break;
  }
  stdout.write(`result: ${game.status}\n`);
  return 0;
}

async function playInteractively(game, { stdin, stdout }) {
  const lines = createInterface({ input: stdin, output: stdout, prompt: '> ' });
  stdout.write(render(game));
  lines.prompt();
  for await (const line of lines) {
    try {
      const command = parseCommand(line);
      if (command?.action === 'quit') break;
      if (command?.action === 'help') stdout.write(HELP);
      else if (command !== null) {
        perform(game, command);
        stdout.write(render(game));
      }
    } catch (error) {
      if (!isPlayersMistake(error)) throw error;
      stdout.write(`${error.message}\n`);
    }
    if (isOver(game)) break;
    lines.prompt();
  }
  lines.close();
  return 0;
}

function isPlayersMistake(error) {
  return error instanceof CommandError || error instanceof GameError;
}

// Importing this file, as a test may do, must not start a game. realpath: an installed bin is a symbolic link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2), process);
}
