const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Makes text safe to insert into HTML or XML. Every value that comes from a post passes through here exactly once.
 *
 * @param {string} text
 * @returns {string}
 */
export function escapeHtml(text) {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]);
}

/**
 * A name for an address: lower-case letters and digits of any script, joined by single hyphens.
 * "+" and "#" are spelled out, as "C", "C++" and "C#" are different tags.
 *
 * @param {string} text
 * @returns {string} empty if the text has neither letters nor digits
 */
export function slugify(text) {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('+', ' plus ')
    .replaceAll('#', ' sharp ')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
