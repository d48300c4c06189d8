// Makes what the panel sends to browsers, in dist/panel/: our components as one script, AdminJS's own production
// scripts under the names its page asks for, Mermaid for pages that need it, and the looks.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const from = (...path) => join(root, 'node_modules', ...path);
const out = join(root, 'dist', 'panel');

/** AdminJS puts these into the page; a second copy of React would break its hooks. */
const GIVEN = {
  react: 'React',
  'react-dom': 'ReactDOM',
  'react-router-dom': 'ReactRouterDOM',
  'react-redux': 'ReactRedux',
};

const givenByAdminJs = {
  name: 'given-by-adminjs',
  setup(context) {
    const names = Object.keys(GIVEN).join('|');
    context.onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path }) => ({ path, namespace: 'given' }));
    context.onLoad({ filter: /.*/, namespace: 'given' }, ({ path }) => ({
      contents: `module.exports = window.${GIVEN[path]};`,
    }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: {
    'components.bundle': join(root, 'admin', 'client.tsx'),
    panel: join(root, 'admin', 'panel.css'),
  },
  bundle: true,
  minify: true,
  outdir: out,
  format: 'iife',
  target: 'es2022',
  jsx: 'transform',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [givenByAdminJs],
  define: { 'process.env.NODE_ENV': '"production"' },
});
// The browser's code asks the API. Server code in it would be a leak as well as a load; types leave no trace, and the
// vocabulary is nothing but words. Where node_modules is a link, its files have a path outside.
const OURS = /^(given:|admin\/|src\/core\/vocabulary\.ts$)|(^|\/)node_modules\//;
const foreign = Object.keys(metafile.inputs).filter((path) => !OURS.test(path));
if (foreign.length > 0) throw new Error(`the panel's bundle holds server code: ${foreign.join(', ')}`);
const scripts = from('adminjs', 'lib', 'frontend', 'assets', 'scripts');
for (const [source, name] of [
  [join(scripts, 'global-bundle.production.js'), 'global.bundle.js'],
  [join(scripts, 'app-bundle.production.js'), 'app.bundle.js'],
  [from('@adminjs', 'design-system', 'bundle.production.js'), 'design-system.bundle.js'],
  [from('mermaid', 'dist', 'mermaid.min.js'), 'mermaid.js'],
  [join(root, 'admin', 'favicon.svg'), 'favicon.svg'],
])
  cpSync(source, join(out, name));
