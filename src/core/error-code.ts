/**
 * The `code` of a system error (`ENOENT`, …), absent for anything else thrown. Not `instanceof Error`: errors of
 * Node's own modules belong to another realm wherever code runs in a vm context, as under jest.
 */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
