/** A move, setting or board that the rules do not allow. */
export class GameError extends Error {
  /**
   * @param {'INVALID_OPTION' | 'INVALID_BOARD' | 'OUT_OF_BOARD' | 'GAME_OVER'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'GameError';
    this.code = code;
  }
}

/** A line of text that is no command. */
export class CommandError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'CommandError';
  }
}
