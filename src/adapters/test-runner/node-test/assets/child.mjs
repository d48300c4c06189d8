// The process of one test file: lock, connect the witnesses, then load the file, and say that it loaded to its end.
//   node --test-reporter=…/reporter.mjs … child.mjs      with the unit's input on descriptor 3
import { createHash } from 'node:crypto';
import Module, { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { lockDown } from './lock.mjs';
import { open } from './recorder.mjs';
import { connect as connectReporter } from './reporter.mjs';
import * as shim from './shim.mjs';
import { make } from './stub.mjs';

const { input, send } = open();
const { file, work, hashes, stubNames } = input;
register('./loader.mjs', import.meta.url, { data: { work, hashes, stubNames } });
connectReporter(send);
shim.connect(send);

// The same for CommonJS, which the hooks do not see.
const locked = new WeakSet();
const { _load: load } = Module;
const { _compile: compile } = Module.prototype;
Module.prototype._compile = function (content, filename, ...rest) {
  const expected = hashes[filename];
  if (expected !== undefined) {
    if (createHash('sha256').update(content).digest('hex') !== expected)
      throw new Error(`${filename} is not as QA wrote it: it was changed on disk`);
    locked.add(this);
  }
  return compile.call(this, content, filename, ...rest);
};
const { connect: _connect, default: commonJsTest, ...named } = shim;
Object.assign(commonJsTest, named);
Module._load = function (request, parent, ...rest) {
  if (request === 'node:test') return commonJsTest;
  if (stubNames !== null && locked.has(parent) && /^\.{0,2}\//.test(request)) {
    let found;
    try {
      found = Module._resolveFilename(request, parent);
    } catch {
      found = undefined;
    }
    if (found === undefined || hashes[found] === undefined) return make(request);
  }
  return load.call(this, request, parent, ...rest);
};

lockDown();
await import(pathToFileURL(file).href);
send({ kind: 'loaded' });
