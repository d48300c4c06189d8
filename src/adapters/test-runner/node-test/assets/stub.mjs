// What the modules of the project export in a run against nothing: functions that take anything and do nothing.
// A test that passes on them has proven nothing.

let calls = 0;

/**
 * A function and class whose calls give nothing, and whose every property is the like. Undefined and null take
 * turns: two outcomes that are compared with each other are not equal for want of a product.
 */
export function make(name) {
  const base = function () {};
  return new Proxy(base, {
    apply: () => (calls++ % 2 === 0 ? undefined : null),
    construct: () => make(name),
    get(target, key) {
      if (key in target || typeof key === 'symbol') return Reflect.get(target, key);
      return key === 'then' ? undefined : make(key);
    },
  });
}
