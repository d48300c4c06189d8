// Stands in for node:test in QA's files. Every test goes on to the real one, with its body wrapped: that the body
// was entered and came to its end without throwing is told to the recorder from here, past the runner.
import real from 'node:test';
// Everything that is not wrapped below is node:test's own.
export * from 'node:test';

let send = () => {};
let next = 0;
let connected = false;

/** Connects the shim to the recorder; only the first call counts. */
export function connect(recorder) {
  if (connected) return;
  connected = true;
  send = recorder;
}

function bodyOf(id, fn) {
  const begin = (t) => {
    send({ kind: 'entered', id });
    if (typeof t?.test === 'function') {
      const subtest = t.test.bind(t);
      Object.defineProperty(t, 'test', { value: wrap(subtest), writable: false, configurable: false });
    }
  };
  const passed = () => send({ kind: 'body', id, passed: true });
  const failed = (error) => {
    send({ kind: 'body', id, passed: false });
    throw error;
  };
  if (fn.length >= 2)
    return function (t, done) {
      begin(t);
      let over = false;
      return fn.call(this, t, (error) => {
        if (!over) send({ kind: 'body', id, passed: !error });
        over = true;
        done(error);
      });
    };
  return async function (t) {
    begin(t);
    try {
      await fn.call(this, t);
    } catch (error) {
      failed(error);
    }
    passed();
  };
}

/** The same function for people, with the test's body wrapped. Arguments come as (name?, options?, fn?). */
function wrap(target) {
  return function (...args) {
    const at = args.findIndex((arg) => typeof arg === 'function');
    if (at < 0) return target(...args);
    const fn = args[at];
    const options = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {};
    const name = String(
      typeof args[0] === 'string' && args[0] !== '' ? args[0] : fn.name || '<anonymous>',
    ).slice(0, 1_000);
    const id = next++;
    const idle = Boolean(options.skip) || Boolean(options.todo);
    send({ kind: 'declared', id, name, idle });
    const rest = args.filter((arg) => typeof arg === 'object' && arg !== null);
    return target(typeof args[0] === 'string' ? args[0] : name, ...rest, bodyOf(id, fn));
  };
}

function wrapAll(target) {
  const wrapped = wrap(target);
  for (const key of Object.keys(target)) wrapped[key] = target[key];
  if (typeof target.only === 'function') wrapped.only = wrap(target.only);
  return wrapped;
}

export const test = Object.freeze(wrapAll(real.test));
export const it = Object.freeze(wrapAll(real.it));
export const only = test.only;
const main = Object.freeze(Object.assign(wrapAll(real), { test, it, only }));
export default main;
