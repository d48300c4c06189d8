/** Counts how often each word occurs in a text. */
export function countWords(text) {
  const counts = new Map();
  for (const word of text.match(/\p{L}+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
