/**
 * State per key with an upper bound on the number of keys.
 * A Map iterates in insertion order, so re-inserting on every write keeps the least recently used key in front.
 *
 * @template T
 */
export class KeyStore {
  /** @type {Map<string, T>} */
  #states = new Map();
  #maxKeys;

  /** @param {number} maxKeys */
  constructor(maxKeys) {
    this.#maxKeys = maxKeys;
  }

  /** @returns {number} */
  get size() {
    return this.#states.size;
  }

  /**
   * @param {string} key
   * @returns {T | undefined}
   */
  get(key) {
    return this.#states.get(key);
  }

  /**
   * Stores the state and marks the key as the most recently used; forgets the oldest key if there are too many.
   *
   * @param {string} key
   * @param {T} state
   */
  set(key, state) {
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > this.#maxKeys) {
      const [oldest] = this.#states.keys();
      this.#states.delete(oldest);
    }
  }

  /**
   * @param {string} key
   * @returns {boolean} whether the key was known
   */
  delete(key) {
    return this.#states.delete(key);
  }
}
