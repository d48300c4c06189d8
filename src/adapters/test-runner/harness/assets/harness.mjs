// Runs the units of a test suite inside the sandbox and seals what they reported. It is started before any code
// of the project, in a process of its own, and takes the key of the seal with it out of the folder that the
// project's code can read: what that code writes there afterwards cannot pass for this report.
//
//   node harness.mjs <results folder>     with plan.json in that folder
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX_RECORD_BYTES = 8 * 1024 ** 2;
const MAX_STDERR = 4_000;

// Without a listener Node.js would answer this signal by opening its debugger to whoever sent it.
process.on('SIGUSR1', () => {});

const results = process.argv[2];
const planFile = join(results, 'plan.json');
const { key, units, concurrency } = JSON.parse(readFileSync(planFile, 'utf8'));
unlinkSync(planFile);

/** Takes the work folder out of a text, so that it reads the same wherever it ran. */
function local(text) {
  const folder = process.cwd() + '/';
  return text.replaceAll('file://' + folder, '').replaceAll(folder, '');
}

/** Kills a unit with everything that still shares its process group. */
function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All gone.
  }
}

/** Text from a stream, up to `max` characters: the first ones, or the last. */
function collect(stream, max, keep, forward) {
  let text = '';
  let whole = true;
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (chunk) => {
    if (keep === 'last') text = (text + chunk).slice(-max);
    else if (text.length < max) text += chunk.slice(0, max - text.length);
    else whole = false;
    forward?.write(chunk);
  });
  return { text: () => text, whole: () => whole };
}

/** Runs one unit to its end. Lines on its descriptor 3 count only with the token that it alone was given. */
function run(unit) {
  return new Promise((resolve) => {
    const result = {
      id: unit.id,
      exitCode: null,
      signal: null,
      timedOut: false,
      missing: null,
      spawnError: null,
      foreign: 0,
      records: [],
      stdout: '',
      stderr: '',
    };
    const missing = unit.needs.find((path) => !existsSync(path));
    if (missing !== undefined) return resolve({ ...result, missing });
    const [program, ...args] = unit.argv;
    const token = randomBytes(24).toString('hex');
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      stdio: ['ignore', unit.readStdout ? 'pipe' : 'inherit', 'pipe', 'pipe'],
      detached: true,
    });
    let clock;
    child.once('error', (error) => {
      clearTimeout(clock);
      resolve({ ...result, spawnError: error.code ?? String(error) });
    });
    if (child.pid === undefined) return;
    const channel = child.stdio[3];
    const records = collect(channel, MAX_RECORD_BYTES, 'first');
    const stderr = collect(child.stderr, MAX_STDERR, 'last', process.stderr);
    const stdout = unit.readStdout ? collect(child.stdout, MAX_RECORD_BYTES, 'first', process.stdout) : null;
    channel.write(JSON.stringify({ ...unit.input, token }) + '\n');
    clock = setTimeout(() => {
      result.timedOut = true;
      killGroup(child);
    }, unit.timeoutMs);
    let grace;
    child.once('exit', () => {
      clearTimeout(clock);
      killGroup(child);
      // What left the group may hold the pipes open; it has nothing to say any more.
      grace = setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), 500);
    });
    child.once('close', (code, signal) => {
      clearTimeout(grace);
      for (const line of records.text().split('\n')) {
        if (line === '') continue;
        if (line.startsWith(token + ' ')) result.records.push(line.slice(token.length + 1));
        else result.foreign += 1;
      }
      if (!records.whole() || (stdout && !stdout.whole())) result.foreign += 1;
      resolve({
        ...result,
        exitCode: code,
        signal,
        stderr: local(stderr.text()),
        stdout: stdout ? stdout.text() : '',
      });
    });
  });
}

const done = [];
let next = 0;
async function worker() {
  for (let index = next++; index < units.length; index = next++) done[index] = await run(units[index]);
}
await Promise.all(Array.from({ length: Math.min(concurrency, units.length) }, worker));

const body = JSON.stringify(done);
const seal = createHmac('sha256', Buffer.from(key, 'hex')).update(body).digest('hex');
const draft = join(results, 'report.tmp');
writeFileSync(draft, `${seal}\n${body}`, { flag: 'wx' });
renameSync(draft, join(results, 'report.sealed'));
process.exit(0);
