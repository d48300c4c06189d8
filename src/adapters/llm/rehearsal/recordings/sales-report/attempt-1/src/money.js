/**
 * Reads an amount as whole cents. The digits are taken apart as text, because 1.15 * 100 is not 115.
 * @param {string} text such as `12`, `12.5` or `12.50`
 * @returns {number | null} null if it is not an amount
 */
export function parseCents(text) {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}

/** Writes cents as an amount: 123450 becomes `1,234.50`. */
export function formatCents(cents) {
  const units = String(Math.trunc(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${units}.${String(cents % 100).padStart(2, '0')}`;
}
