// The lock file must name the packages of every platform. npm leaves out those that its registry does not hold
// for the moment, and then `npm ci` of npm 11 refuses the whole lock file on any machine.
//   node scripts/lock.mjs            says what is missing; exit 1 if anything is
//   node scripts/lock.mjs --complete adds it, after `npm install` changed the lock file
// An entry made here has no integrity until npm writes its own; npm then trusts the registry for that package.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

/** Where Node would find `name` from the package at `path`, as a key of `packages`; undefined when nowhere. */
function find(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const key = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (packages[key]) return key;
    if (folder === '') return undefined;
  }
}

/** What a platform package says of itself, read from its name: `…-linux-arm-gnueabihf`, `…/darwin-arm64`. */
function platform(name) {
  const os = /(darwin|linux|win32|android|freebsd|openbsd|netbsd|openharmony|wasm32)/.exec(name)?.[1];
  const cpu = /(x64|arm64|arm|ia32|ppc64|s390x|riscv64|loong64|wasm32)(?![a-z0-9])/.exec(name)?.[1];
  const libc = os === 'linux' && /-(gnu|musl)/.exec(name)?.[1];
  if (!os || !cpu) return undefined;
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc === 'gnu' ? 'glibc' : 'musl'] }) };
}

const missing = [];
for (const [path, entry] of Object.entries(packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {}))
    if (!find(path, name)) missing.push({ path, name, version, dev: entry.dev });

const problems = Object.entries(packages)
  .filter(([, entry]) => entry.resolved && !entry.link)
  .map(([path]) => `${path} is tied to the registry it was fetched from: remove its "resolved"`);

if (process.argv[2] === '--complete') {
  for (const { path, name, version, dev } of missing) {
    const where = platform(name);
    if (!where || !/^\d/.test(version)) {
      problems.push(
        `${name}@${version}, wanted by ${path}: its version or platform cannot be told, so add it with npm`,
      );
      continue;
    }
    packages[`node_modules/${name}`] = { version, ...where, ...(dev && { dev }), optional: true };
  }
  const [[self, project], ...rest] = Object.entries(packages);
  lock.packages = { [self]: project, ...Object.fromEntries(rest.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
} else if (missing.length > 0) {
  problems.push(
    `${missing.length} packages of other platforms are missing: run \`node scripts/lock.mjs --complete\``,
    ...missing.map(({ path, name, version }) => `  ${name}@${version}, wanted by ${path}`),
  );
}
if (problems.length > 0) console.log(problems.join('\n'));
process.exitCode = problems.length > 0 ? 1 : 0;
