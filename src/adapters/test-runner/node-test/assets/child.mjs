// The process of one test file: lock, connect the witnesses, then load the file, and say that it loaded to its end.
//   node --test-reporter=…/reporter.mjs … child.mjs      with the unit's input on descriptor 3
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Module, { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import lock from './lock.cjs';
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
const sources = new Map();
for (const [path, hash] of Object.entries(hashes)) {
  const source = readFileSync(path, 'utf8');
  if (createHash('sha256').update(source).digest('hex') !== hash)
    throw new Error(`${path} is not as QA wrote it`);
  sources.set(path, source);
}
const locked = new WeakSet();
const { _load: load, _resolveFilename: resolveFilename } = Module;
const { _compile: compile } = Module.prototype;
Module.prototype._compile = function (content, filename, ...rest) {
  const source = sources.get(filename);
  if (source !== undefined) {
    if (source !== content && source !== '\ufeff' + content)
      throw new Error(`${filename} is not as QA wrote it: it was changed on disk`);
    locked.add(this);
  }
  return compile.call(this, content, filename, ...rest);
};
Module._load = function (request, parent, ...rest) {
  const ofQa = locked.has(parent) || sources.has(parent?.filename);
  if (request === 'node:test') {
    if (!ofQa) throw new Error('only the tests of QA may use node:test');
    return shim.default;
  }
  if (stubNames !== null && ofQa && /^\.{0,2}\//.test(request)) {
    let found;
    try {
      found = resolveFilename.call(Module, request, parent);
    } catch {
      found = undefined;
    }
    if (found === undefined || !sources.has(found)) return make(request);
  }
  return load.call(this, request, parent, ...rest);
};

lock.lockDown();
await import(pathToFileURL(file).href);
send({ kind: 'loaded' });
