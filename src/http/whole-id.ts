/** A numeric id out of a path: NaN, which names nothing, when it is not written as a whole number. */
export function wholeId(text: string): number {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
}
