/** A mistake in how the library is used. A refused call is not an error but a result. */
export class RateLimitError extends Error {
  /**
   * @param {'INVALID_OPTION' | 'INVALID_KEY' | 'INVALID_COST' | 'INVALID_TIME'} code
   * @param {string} field name of the option or argument at fault
   * @param {string} message
   */
  constructor(code, field, message) {
    super(message);
    this.name = 'RateLimitError';
    this.code = code;
    this.field = field;
  }
}
