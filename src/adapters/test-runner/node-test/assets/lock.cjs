// Nails down what a verdict rests on, before any code of the project runs: the assertions, the test module, the
// language's own objects, and the doors through which code could look into this process. What tests replace on
// purpose (Date and its methods, timers, fetch, console, process.exit, methods of fs) stays open.
//
// CommonJS, as that is what can be preloaded into a worker before its own code.
'use strict';
const assert = require('node:assert');
const { AsyncResource } = require('node:async_hooks');
const inspector = require('node:inspector');
const Module = require('node:module');
const { Readable, Stream, Transform, Writable } = require('node:stream');
const test = require('node:test');
const v8 = require('node:v8');
const workers = require('node:worker_threads');

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;

/** Makes the own methods of an object final; instances can still carry their own where `overridable`. */
function lock(object, label, { overridable = false, except = ['constructor'] } = {}) {
  for (const key of ownKeys(object)) {
    if (except.includes(key)) continue;
    const found = getOwnPropertyDescriptor(object, key);
    // What is no method is state, such as the defaults that Node.js keeps on its prototypes.
    if ('value' in found && typeof found.value !== 'function' && typeof found.value !== 'string') continue;
    if (!found.configurable) {
      if (found.writable) defineProperty(object, key, { writable: false });
      continue;
    }
    if (!('value' in found)) {
      defineProperty(object, key, { configurable: false });
    } else if (!overridable) {
      defineProperty(object, key, { writable: false, configurable: false });
    } else {
      const { value, enumerable } = found;
      defineProperty(object, key, {
        enumerable,
        configurable: false,
        get: () => value,
        // Assigning to what inherits from a locked object makes an own property, as it would without the lock.
        set(own) {
          if (this === object) throw new TypeError(`${label}.${String(key)} is locked while tests run`);
          defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
        },
      });
    }
  }
}

/** Replaces a function by one that refuses. */
function forbid(object, name, label) {
  if (typeof object?.[name] !== 'function') return;
  const refuse = function () {
    throw new Error(`${label} is not available while tests run`);
  };
  defineProperty(object, name, { value: refuse, writable: false, configurable: false });
}

const iterators = [
  [][Symbol.iterator](),
  new Map()[Symbol.iterator](),
  new Set()[Symbol.iterator](),
  ''[Symbol.iterator](),
  'a'.matchAll(/a/g),
  (function* () {})(),
  (async function* () {})(),
];

function lockLanguage() {
  const strict = [
    ...[Array, String, Number, Boolean, BigInt, Symbol, RegExp, Map, Set, WeakMap, WeakSet, WeakRef],
    ...[Promise, ArrayBuffer, DataView, getPrototypeOf(Uint8Array), Uint8Array],
  ];
  for (const type of strict) lock(type.prototype, `${type.name}.prototype`);
  for (const type of [Object, Array, Number, String, Symbol, RegExp, Promise, BigInt, Map, ArrayBuffer])
    lock(type, type.name, { except: ['prototype', 'name', 'length'] });
  lock(JSON, 'JSON');
  lock(Reflect, 'Reflect');
  for (const iterator of iterators)
    for (
      let proto = getPrototypeOf(iterator);
      proto !== null && proto !== Object.prototype;
      proto = getPrototypeOf(proto)
    )
      lock(proto, 'Iterator.prototype');
  const errors = [
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
  ];
  for (const type of [...errors, Object, Function])
    lock(type.prototype, `${type.name}.prototype`, {
      overridable: true,
      except: ['constructor', '__proto__', 'caller', 'arguments'],
    });
  Object.preventExtensions(Object.prototype);
  for (const name of ownKeys(globalThis)) {
    const { value } = getOwnPropertyDescriptor(globalThis, name);
    if ([...strict, ...errors, Object, Function, JSON, Reflect].includes(value))
      defineProperty(globalThis, name, { writable: false, configurable: false });
  }
}

function lockRunner() {
  for (const one of [assert, assert.strict]) {
    lock(one, 'assert', { except: ['length', 'name', 'prototype'] });
    Object.freeze(one);
  }
  Object.freeze(assert.AssertionError);
  lock(assert.AssertionError.prototype, 'AssertionError.prototype', { overridable: true });
  lock(test, 'node:test', { except: ['length', 'name', 'prototype', 'mock', 'snapshot', 'assert'] });
  lock(AsyncResource.prototype, 'AsyncResource.prototype', { overridable: true });
  for (const type of [Stream, Readable, Writable, Transform])
    lock(type.prototype, `${type.name}.prototype`, { overridable: true });
}

/** A worker without the locks could attach a debugger to this thread: each one is made with them. */
function guardWorkers() {
  const { Worker } = workers;
  const execArgv = ['--require', __filename];
  function GuardedWorker(file, options) {
    const type = new.target === GuardedWorker || new.target === undefined ? Worker : new.target;
    return Reflect.construct(Worker, [file, { ...options, execArgv }], type);
  }
  defineProperty(GuardedWorker, 'name', { value: 'Worker' });
  GuardedWorker.prototype = Worker.prototype;
  Object.setPrototypeOf(GuardedWorker, Object.getPrototypeOf(Worker));
  defineProperty(Worker.prototype, 'constructor', {
    value: GuardedWorker,
    writable: false,
    configurable: false,
  });
  defineProperty(workers, 'Worker', { value: GuardedWorker, writable: false, configurable: false });
}

/** Node.js's own ways to see or change what a module keeps to itself. */
function closeDoors() {
  for (const name of [
    'binding',
    '_linkedBinding',
    'dlopen',
    '_debugProcess',
    '_debugEnd',
    '_startProfilerIdleNotifier',
  ])
    forbid(process, name, `process.${name}`);
  for (const name of ['Session', 'open', 'waitForDebugger', 'close'])
    forbid(inspector, name, `inspector.${name}`);
  for (const name of [
    'getHeapSnapshot',
    'writeHeapSnapshot',
    'setFlagsFromString',
    'setHeapSnapshotNearHeapLimit',
    'queryObjects',
  ])
    forbid(v8, name, `v8.${name}`);
  forbid(Module, 'register', 'module.register');
  forbid(Module, 'registerHooks', 'module.registerHooks');
  const getBuiltinModule = process.getBuiltinModule?.bind(process);
  if (getBuiltinModule !== undefined)
    defineProperty(process, 'getBuiltinModule', {
      value: (name) => (/^(?:node:)?test\b/.test(name) ? undefined : getBuiltinModule(name)),
      writable: false,
      configurable: false,
    });
  guardWorkers();
  for (const name of ['_load', '_resolveFilename', '_extensions', '_cache'])
    defineProperty(Module, name, { writable: false, configurable: false });
  for (const name of ['require', 'load', '_compile'])
    defineProperty(Module.prototype, name, { writable: false, configurable: false });
  for (const extension of ownKeys(Module._extensions))
    defineProperty(Module._extensions, extension, { writable: false, configurable: false });
  process.on('SIGUSR1', () => {});
}

/** Locks everything. Once, before the first line of the project. */
function lockDown() {
  closeDoors();
  lockRunner();
  Module.syncBuiltinESMExports();
  lockLanguage();
}

module.exports = { lockDown };
if (!workers.isMainThread) lockDown();
