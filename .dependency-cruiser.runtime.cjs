// What may be loaded when the system runs. It is cruised over the compiled modules, where imports of types are
// gone: dependency-cruiser's swc parser cannot tell the two apart. See .dependency-cruiser.cjs for the arrows.

/** Compiled beside the rest, though only tests load it. */
const TESTS = ['/conformance[a-z-]*\\.js$', '^src/testing/'];

/** @param {string} name an npm package, wherever it is installed */
const npm = (name) => `(^|/)node_modules/${name}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'sql-has-few-homes',
      comment: 'pg is for src/db, the checkpointer, the queue on Postgres and the LISTEN of the event hub.',
      severity: 'error',
      from: {
        path: '^(src|workers|admin)/',
        pathNot: [
          ...TESTS,
          '^src/db/',
          '^src/engine/fenced-saver\\.js$',
          '^src/adapters/queue/',
          '^src/services/event-hub\\.js$',
        ],
      },
      to: { path: npm('pg') },
    },
    {
      name: 'typeorm-is-for-db',
      comment: 'Outside src/db only its types appear: queries live in repositories.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: [...TESTS, '^src/db/'] },
      to: { path: npm('typeorm') },
    },
    {
      name: 'bullmq-stays-behind-its-port',
      comment: 'Which queue runs, and on what, is known in src/adapters/queue and nowhere else.',
      severity: 'error',
      from: { path: '^(src|workers|admin)/', pathNot: [...TESTS, '^src/adapters/queue/'] },
      to: { path: [npm('bullmq'), npm('ioredis')] },
    },
    {
      name: 'adapters-share-types-only',
      comment: 'No code crosses from one adapter into the port of another.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: TESTS },
      to: { path: '^src/adapters/[^/]+/port\\.js$', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'no-development-packages',
      comment: 'What ships must run after `npm prune --omit=dev`.',
      severity: 'error',
      from: { path: '^(src|workers|admin|migrations)/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-cycles',
      comment: 'Modules that load each other are one module, and the order in which they come up is luck.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/recordings/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.js', '.mjs', '.cjs', '.json'],
    },
  },
};
