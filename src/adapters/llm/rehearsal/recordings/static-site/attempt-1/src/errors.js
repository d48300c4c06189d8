/** A mistake in the site's source that its author can correct. */
export class BuildError extends Error {
  /**
   * @param {string} file relative to the source folder
   * @param {string} reason
   */
  constructor(file, reason) {
    super(`${file}: ${reason}`);
    this.name = 'BuildError';
    this.file = file;
  }
}
