// `node scripts/launch.mjs NAME ARGS…`: builds, then runs dist/scripts/NAME.js in this same process, and sees to it that
// a signal to npm ends it. npm passes SIGTERM on to the shell it runs scripts in, and that one dies without a word to
// us: a server would go on without anybody knowing. So a new parent counts as that signal.
import { fileURLToPath } from 'node:url';

const [name, ...args] = process.argv.slice(2);
await import('./build.mjs');

const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();

const script = new URL(`../dist/scripts/${name}.js`, import.meta.url);
process.argv = [process.execPath, fileURLToPath(script), ...args];
await import(script.href);
