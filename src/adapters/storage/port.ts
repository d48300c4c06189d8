/**
 * Keeps the content of artifacts under its SHA-256. What is stored never changes, so writing twice is writing
 * once, and a half-finished run leaves nothing wrong behind. Left out on purpose: names, versions and owners
 * (the database has them). Stores that can say what they hold are a `CollectableStore`.
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

/** A store out of which contents that nobody needs can be taken. */
export interface CollectableStore extends ArtifactStore {
  /** Every content that was last put before a moment, with its size. What comes or goes meanwhile may be missing. */
  list(before: Date): AsyncIterable<{ hash: string; bytes: number }>;
  /**
   * Removes a content, unless it was put again since `before`.
   * @returns whether it is gone by this call
   */
  remove(hash: string, before: Date): Promise<boolean>;
}

/** Whether contents can be taken out of a store. */
export function isCollectable(store: ArtifactStore): store is CollectableStore {
  return 'list' in store && 'remove' in store;
}
