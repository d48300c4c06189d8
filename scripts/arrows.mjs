// Checks which module may import which: the arrows of the architecture over the sources, and what is loaded at
// run time over the compiled modules. A checker that sees nothing finds nothing, so it also counts what it saw,
// and runs the same way over a small tree in which every rule is broken once.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const ARROWS = join(root, '.dependency-cruiser.cjs');
const RUNTIME = join(root, '.dependency-cruiser.runtime.cjs');
const PARTS = ['src', 'workers', 'admin', 'migrations', 'scripts', 'tests', 'ormconfig.ts'];
/** Fewer modules than this and the parser has gone blind. */
const LEAST = 100;

/**
 * One file per broken rule: [rule, file, what it holds]. The files they import are made empty. The last ones
 * look alike and are allowed.
 */
const PLANTED = [
  ['core-looks-down', 'src/core/a.ts', `import type { X } from '../services/x.js'; export type A = X;`],
  ['db-looks-down', 'src/db/a.ts', `import '../adapters/llm/port.js';`],
  ['adapters-looks-down', 'src/adapters/llm/a.ts', `import '../../db/x.js';`],
  ['services-looks-down', 'src/services/a.ts', `import '../engine/x.js';`],
  ['engine-looks-down', 'src/engine/a.ts', `import '../graphs/prd/x.js';`],
  ['graphs-looks-down', 'src/graphs/a.ts', `import '../app.js';`],
  ['http-looks-down', 'src/http/a.ts', `import '../cli/x.js';`],
  ['cli-looks-down', 'src/cli/a.ts', `await import('../elsewhere/x.js');`],
  ['app-knows-no-face', 'src/app.ts', `import './http/x.js';`],
  ['src-stands-alone', 'src/services/b.ts', `import '../../workers/x.js';`],
  ['migrations-are-frozen', 'migrations/1-a.ts', `import '../src/core/x.js';`],
  ['migrations-go-through-the-data-source', 'src/db/b.ts', `import '../../migrations/index.js';`],
  ['graphs-are-strangers', 'src/graphs/prd/a.ts', `export * from '../studio/x.js';`],
  ['adapters-are-strangers', 'src/adapters/queue/a.ts', `import '../llm/x.js';`],
  ['implementations-are-chosen-in-one-place', 'src/engine/b.ts', `import '../adapters/queue/redis/x.js';`],
  ['testing-is-for-tests', 'src/services/c.ts', `import '../testing/x.js';`],
  ['everything-resolves', 'src/services/d.ts', `import './nowhere.js';`],
  ['sql-has-few-homes', 'src/engine/c.ts', `import pg from 'pg'; export const a = pg;`],
  [
    'typeorm-is-for-db',
    'src/services/e.ts',
    `import { DataSource } from 'typeorm'; export const a = DataSource;`,
  ],
  [
    'bullmq-stays-behind-its-port',
    'src/engine/d.ts',
    `import { Queue } from 'bullmq'; export const a = Queue;`,
  ],
  [
    'adapters-share-types-only',
    'src/adapters/storage/a.ts',
    `import { x } from '../llm/port.js'; export const a = x;`,
  ],
  [
    'no-development-packages',
    'workers/a.ts',
    `import { expect } from '@jest/globals'; export const a = expect;`,
  ],
  ['no-cycles', 'src/core/b.ts', `import './c.js'; export const a = 1;`],
  [undefined, 'src/core/c.ts', `import { a } from './b.js'; export const b = a;`],
  [undefined, 'src/engine/e.ts', `import type { Pool } from 'pg'; export type A = Pool;`],
  [undefined, 'src/services/f.ts', `import type { DataSource } from 'typeorm'; export type A = DataSource;`],
  [undefined, 'src/services/f.test.ts', `import '../app.js'; import '../testing/x.js';`],
  [undefined, 'src/adapters/storage/b.ts', `import type { X } from '../llm/port.js'; export type A = X;`],
  ...[
    'core',
    'db',
    'services',
    'engine',
    'graphs/prd',
    'graphs/studio',
    'http',
    'cli',
    'testing',
    'elsewhere',
  ].map((folder) => [undefined, `src/${folder}/x.ts`, 'export type X = string;']),
  [undefined, 'src/adapters/llm/port.ts', 'export const x = 1; export type X = string;'],
  [undefined, 'src/adapters/llm/x.ts', 'export {};'],
  [undefined, 'src/adapters/queue/redis/x.ts', 'export {};'],
  [undefined, 'workers/x.ts', 'export {};'],
  [undefined, 'src/elsewhere/x.ts', 'export {};'],
  [undefined, 'migrations/index.ts', 'export {};'],
];

/** Runs a program of node_modules/.bin in `cwd` and gives its stdout, whatever its exit code is. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    execFile(join(bin, program), args, { cwd, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error && (typeof error.code !== 'number' || stdout === ''))
        reject(new Error(`${program} failed in ${cwd}: ${stderr || stdout || error.message}`));
      else resolve(stdout);
    });
  });
}

/** @returns the number of our own modules seen, and each violation as {rule, from, to} */
async function cruise(config, cwd) {
  const parts = PARTS.filter((part) => existsSync(join(cwd, part)));
  const { modules, summary } = JSON.parse(
    await run('depcruise', ['-c', config, '-T', 'json', ...parts], cwd),
  );
  return {
    seen: modules.filter((module) => !/node_modules/.test(module.source) && module.dependencies.length > 0)
      .length,
    violations: summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to: cycle ? cycle.map((step) => step.name ?? step).join(' → ') : to,
    })),
  };
}

/** Cruises the sources in `project` and, compiled into `scratch`, what remains of them at run time. */
async function cruiseBoth(project, tsconfig, scratch) {
  mkdirSync(scratch);
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  symlinkSync(join(root, 'package.json'), join(scratch, 'package.json'));
  const compile = run(
    'tsc',
    ['-p', tsconfig, '--noCheck', '--outDir', scratch, '--sourceMap', 'false'],
    project,
  );
  const [arrows] = await Promise.all([cruise(ARROWS, project), compile]);
  const runtime = await cruise(RUNTIME, scratch);
  return { seen: [arrows.seen, runtime.seen], violations: [...arrows.violations, ...runtime.violations] };
}

/** Every rule must report the file planted for it, and that one only. */
async function provePlanted(scratch) {
  const project = join(scratch, 'planted');
  for (const [, file, text] of PLANTED) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), `${text}\n`);
  }
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  symlinkSync(join(root, 'package.json'), join(project, 'package.json'));
  const compilerOptions = { module: 'nodenext', target: 'es2023', rootDir: '.', verbatimModuleSyntax: true };
  const exclude = ['**/*.test.ts', 'node_modules'];
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: PARTS, exclude }));
  const { violations } = await cruiseBoth(project, 'tsconfig.json', join(scratch, 'planted-compiled'));

  const name = (rule, file) => `${rule}: ${file.replace(/\.[jt]s$/, '')}`;
  const expected = new Set(PLANTED.filter(([rule]) => rule).map(([rule, file]) => name(rule, file)));
  const reported = new Set(violations.map(({ rule, from }) => name(rule, from)));
  const require = createRequire(import.meta.url);
  const rules = [ARROWS, RUNTIME].flatMap((config) => require(config).forbidden.map((rule) => rule.name));
  return [
    ...rules
      .filter((rule) => !PLANTED.some(([planted]) => planted === rule))
      .map((rule) => `the rule ${rule} has no planted violation in scripts/arrows.mjs that proves it`),
    ...[...expected].filter((one) => !reported.has(one)).map((one) => `planted but not seen: ${one}`),
    ...[...reported].filter((one) => !expected.has(one)).map((one) => `reported though allowed: ${one}`),
  ];
}

const scratch = mkdtempSync(join(tmpdir(), 'atelier-arrows-'));
try {
  const [ours, planted] = await Promise.all([
    cruiseBoth(root, 'tsconfig.build.json', join(scratch, 'compiled')),
    provePlanted(scratch),
  ]);
  const problems = [
    ...ours.violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`),
    ...(Math.min(...ours.seen) < LEAST
      ? [`only ${ours.seen.join(' and ')} modules with imports were seen, where there are more than ${LEAST}`]
      : []),
    ...planted,
  ];
  console.log(problems.length > 0 ? problems.join('\n') : `${ours.seen.join(' and ')} modules`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
