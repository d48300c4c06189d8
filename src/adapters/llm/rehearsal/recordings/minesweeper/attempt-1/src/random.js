/**
 * Repeatable random numbers: the same seed gives the same sequence on every machine and version of Node.
 *
 * @param {string} seed any text
 * @returns {(bound: number) => number} gives an integer from 0 up to, but not including, the bound
 */
export function createRandom(seed) {
  let state = hash(seed);
  // mulberry32: small, well distributed for this purpose, and exact in 32-bit integer arithmetic.
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    return Math.floor(unit * bound);
  };
}

/** FNV-1a over the UTF-8 bytes, so that similar seeds ("game 1", "game 2") start far apart. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return value;
}
