// What the modules of the project export in a run against nothing: functions that take anything and do nothing.
// A test that passes on them has proven nothing.

const NOTHING = [undefined, null, NaN];
/** How often functions of a name were called. */
const calls = new Map();

function nothing(name) {
  const count = calls.get(name) ?? 0;
  calls.set(name, count + 1);
  return NOTHING[count % NOTHING.length];
}

/**
 * A function and class whose calls give nothing, and whose every property is the like. Undefined, null and NaN take
 * turns: two outcomes of a function that are compared with each other are not equal for want of a product.
 */
export function make(name) {
  const base = function () {};
  return new Proxy(base, {
    apply: () => nothing(name),
    construct: () => make(name),
    get(target, key) {
      if (key in target || typeof key === 'symbol') return Reflect.get(target, key);
      return key === 'then' ? undefined : make(key);
    },
  });
}
