// The arrows of docs/architecture.md, lowest layer last, over all imports of the sources, types included:
//
//   scripts → { workers | admin | http | cli } → app → graphs → engine → services → { db | adapters } → core
//
// Run through scripts/arrows.mjs, which also plants a violation of every rule and fails when one is not seen.
// What may be loaded at run time, where types do not count, is in .dependency-cruiser.runtime.cjs.

/** Tests, the conformance suites they share and what helps them may look at everything. */
const TESTS = ['\\.test\\.ts$', '/conformance[a-z-]*\\.ts$', '^src/testing/', '^tests/'];

/** Each part of src/ with the parts it may import besides itself. */
const BELOW = {
  core: [],
  db: ['core'],
  adapters: ['core'],
  services: ['db', 'adapters', 'core'],
  engine: ['services', 'db', 'adapters', 'core'],
  graphs: ['engine', 'services', 'db', 'adapters', 'core'],
  http: ['app', 'graphs', 'engine', 'services', 'db', 'adapters', 'core'],
  // The command line speaks to the API, and hosts it where no server runs.
  cli: ['http', 'app', 'graphs', 'engine', 'services', 'db', 'adapters', 'core'],
};

const layers = Object.entries(BELOW).map(([layer, below]) => ({
  name: `${layer}-looks-down`,
  comment: `src/${layer} imports only ${['itself', ...below].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${layer}/`, pathNot: TESTS },
  to: { path: '^src/', pathNot: [`^src/(${[layer, ...below].join('|')})(/|\\.ts$)`, '^src/testing/'] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'app-knows-no-face',
      comment: 'The composition root is given to http, cli, workers and admin; it does not know them.',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: { path: '^src/(http|cli)/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'src never imports workers, admin, scripts or tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^(workers|admin|scripts|tests)/' },
    },
    {
      name: 'migrations-are-frozen',
      comment:
        'A released migration must do the same for ever, so it imports typeorm and nothing that changes.',
      severity: 'error',
      from: { path: '^migrations/', pathNot: '^migrations/index\\.ts$' },
      to: { pathNot: '(^|/)node_modules/typeorm/' },
    },
    {
      name: 'migrations-go-through-the-data-source',
      comment: 'Whoever needs the schema calls src/db/migrate.ts.',
      severity: 'error',
      from: { pathNot: [...TESTS, '^migrations/', '^src/db/data-source\\.ts$'] },
      to: { path: '^migrations/' },
    },
    {
      name: 'graphs-are-strangers',
      comment: 'A graph imports no other graph; what two of them need belongs to the engine.',
      severity: 'error',
      from: { path: '^src/graphs/([^/]+)/' },
      to: { path: '^src/graphs/', pathNot: '^src/graphs/$1/' },
    },
    {
      name: 'adapters-are-strangers',
      comment:
        'An adapter knows another by the types of its port only. One exception: a test runner reads what a run in ' +
        'the sandbox left behind with the reader the sandbox guards itself with, which should not exist twice.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: TESTS },
      to: {
        path: '^src/adapters/',
        pathNot: [
          '^src/adapters/$1/',
          '^src/adapters/[^/]+/port\\.ts$',
          '^src/adapters/sandbox/collect\\.ts$',
        ],
      },
    },
    {
      name: 'implementations-are-chosen-in-one-place',
      comment:
        'Only src/app.ts picks implementations; the rest sees the top of an adapter: its port, its selection.',
      severity: 'error',
      from: { path: '^(src|workers|admin)/', pathNot: [...TESTS, '^src/adapters/', '^src/app\\.ts$'] },
      to: { path: '^src/adapters/[^/]+/[^/]+/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'src/testing is for tests and scripts; a server never loads it.',
      severity: 'error',
      from: { path: '^(src|workers|admin|migrations)/', pathNot: TESTS },
      to: { path: '^src/testing/' },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would hide from every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // The default parser needs TypeScript's old compiler API and, without it, sees no imports in silence.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Recorded answers of models are data, though some end in .js. What runs in the browser is judged by what gets
    // into its bundle (scripts/panel.mjs): the parser cannot read its syntax.
    exclude: { path: ['/recordings/', '^admin/(client\\.tsx$|pages/|components/)'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
