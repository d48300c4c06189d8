/** An error the caller can do something about; the HTTP layer turns it into a JSON answer. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code stable name of the error
   * @param {string} message what is wrong and what to change
   * @param {string} [field] the field or parameter at fault
   */
  constructor(status, code, message, field) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }

  /** @param {string} field @param {string} message */
  static invalid(field, message) {
    return new ApiError(422, 'invalid', message, field);
  }
}
