/** Degrees Celsius as kelvins. */
export function toKelvin(celsius) {
  return celsius + 273.15;
}
