// What the modules of the project export in a run against nothing: functions that take anything and do nothing.
// A test that passes on them has proven nothing.

/** A function and class whose calls give undefined, and whose every property is the like. */
export function make(name) {
  const base = function () {};
  return new Proxy(base, {
    apply: () => undefined,
    construct: () => make(name),
    get(target, key) {
      if (key in target || typeof key === 'symbol') return Reflect.get(target, key);
      return key === 'then' ? undefined : make(key);
    },
  });
}
