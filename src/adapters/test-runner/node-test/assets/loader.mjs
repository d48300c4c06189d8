// Module hooks, in a thread of their own. QA's files get the shim for node:test, and are loaded only as they were
// locked; in a run against nothing, every module of the project is a stub.
import { createHash } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = new URL('.', import.meta.url).href;
const shim = new URL('./shim.mjs', import.meta.url).href;
const stubs = new URL('./stub.mjs', import.meta.url).href;
const STUB = 'atelier-stub:';
/** @type {{work: string, hashes: Record<string, string>, stubNames: string[] | null}} */
let plan;

export function initialize(data) {
  plan = data;
}

const isLocked = (url) => {
  if (!url?.startsWith('file:')) return undefined;
  return plan.hashes[fileURLToPath(url.split(/[?#]/)[0])];
};

export async function resolve(specifier, context, next) {
  const { parentURL } = context;
  if (parentURL?.startsWith(here)) return next(specifier, context);
  if (specifier === 'node:test' && isLocked(parentURL) === undefined)
    throw new Error('only the tests of QA may use node:test');
  if (specifier === 'node:test') return { url: shim, format: 'module', shortCircuit: true };
  if (plan.stubNames !== null && /^(\.{0,2}\/|file:)/.test(specifier) && parentURL?.startsWith('file:')) {
    const url = new URL(specifier, parentURL).href;
    const inWork = url.startsWith(pathToFileURL(plan.work).href + '/');
    if (inWork && isLocked(url) === undefined && /\.[cm]?js$|\/[^./]+$/.test(url.split(/[?#]/)[0]))
      return { url: STUB + encodeURIComponent(url), format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

function stubSource() {
  const names = plan.stubNames.map((name) => `export const ${name} = make(${JSON.stringify(name)});`);
  return `import { make } from ${JSON.stringify(stubs)};\nexport default make('default');\n${names.join('\n')}`;
}

export async function load(url, context, next) {
  if (url.startsWith(STUB)) return { format: 'module', source: stubSource(), shortCircuit: true };
  const loaded = await next(url, context);
  const expected = isLocked(url);
  if (expected !== undefined && loaded.source !== null && loaded.source !== undefined) {
    const hash = createHash('sha256').update(loaded.source).digest('hex');
    if (hash !== expected)
      throw new Error(`${fileURLToPath(url)} is not as QA wrote it: it was changed on disk`);
  }
  return loaded;
}
