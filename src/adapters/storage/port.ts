/**
 * Keeps the content of artifacts under its SHA-256. What is stored never changes, so writing twice is writing
 * once, and a half-finished run leaves nothing wrong behind. Left out on purpose: names, versions and owners
 * (the database has them), listing, and deleting single items (retention does that with the whole session).
 */
export interface ArtifactStore {
  /** Stores bytes. @returns their SHA-256 */
  put(content: Uint8Array): Promise<string>;
  /**
   * The bytes of a hash, checked against it.
   * @throws NotFoundError when they are not here
   * @throws AppError `artifact_damaged` when what is stored is not what was put
   */
  get(hash: string): Promise<Buffer>;
}
