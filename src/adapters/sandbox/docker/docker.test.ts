import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SandboxError } from '../../../core/errors.js';
import { sandboxConformance } from '../conformance.js';
import { HOST_PATH, findExecutable } from '../environment.js';
import { dockerArguments } from './arguments.js';
import { DockerSandbox } from './docker.js';

const IMAGE = 'node:20-bookworm-slim';
const run = promisify(execFile);

/**
 * A docker client with no engine behind it: it writes down its arguments, runs the command of `docker run` on
 * the host with the container's environment and folders, and knows its containers by name, as the real one does.
 */
const FAKE_DOCKER = `#!${process.execPath}
const fs = require('node:fs'), { spawn } = require('node:child_process'), path = require('node:path');
const state = path.join(__dirname, 'state'), args = process.argv.slice(2);
fs.mkdirSync(state, { recursive: true });
fs.appendFileSync(path.join(state, 'calls'), JSON.stringify(args) + '\\n');
const file = (name) => path.join(state, name + '.json');
const load = (name) => { try { return JSON.parse(fs.readFileSync(file(name), 'utf8')); } catch { return undefined; } };
const fail = (code, text) => { console.error(text); process.exit(code); };
const end = (name) => { const c = load(name); try { process.kill(-c.pid, 'SIGKILL'); } catch {} return c; };
const endAll = (name) => {
  const marker = 'FAKE_CONTAINER=' + name;
  for (let again = true; again; ) {
    again = false;
    for (const pid of fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)))
      try {
        if (!fs.readFileSync('/proc/' + pid + '/environ', 'utf8').split('\\0').includes(marker)) continue;
        if (/^State:\\s+Z/m.test(fs.readFileSync('/proc/' + pid + '/status', 'utf8'))) continue;
        process.kill(Number(pid), 'SIGKILL'); again = true;
      } catch {}
  }
};
if (args[0] === 'version') {
  if (fs.existsSync(path.join(__dirname, 'daemon-is-down'))) fail(1, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.');
  console.log('28.0.0');
} else if (args[0] === 'image') {
  if (args.at(-1) !== '${IMAGE}') fail(1, 'Error: No such image: ' + args.at(-1));
  console.log('sha256:0');
} else if (args[0] === 'inspect') {
  const c = load(args.at(-1)); if (!c) fail(1, 'No such object'); console.log(JSON.stringify(c.state));
} else if (args[0] === 'kill') {
  if (!end(args.at(-1))) fail(1, 'No such container'); endAll(args.at(-1));
} else if (args[0] === 'rm') {
  end(args.at(-1)); endAll(args.at(-1)); fs.rmSync(file(args.at(-1)), { force: true });
} else if (args[0] === 'run') {
  const VALUE = new Set(['--name','--pull','--log-driver','--label','--network','--hostname','--cap-drop','--security-opt','--user','--pids-limit','--memory','--memory-swap','--ulimit','--shm-size','--tmpfs','--mount','--env','--workdir','--entrypoint']);
  const env = {}, mounts = {}; let name, program, i = 1;
  for (; args[i].startsWith('--'); i++) {
    const value = VALUE.has(args[i]) ? args[++i] : undefined;
    const option = value === undefined ? args[i] : args[i - 1];
    if (option === '--env') env[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1);
    if (option === '--name') name = value;
    if (option === '--entrypoint') program = value;
    if (option === '--mount') { const m = /"source=(.*)",target=([^,]+)/.exec(value); mounts[m[2]] = m[1]; }
  }
  const inside = (word) => word.replace(/\\/(work|tools|results)(?=\\/|\\s|$)/g, (all) => mounts[all] ?? all);
  if (program === 'missing') {
    fs.writeFileSync(file(name), JSON.stringify({ state: { Status: 'created', ExitCode: 127, OOMKilled: false, Error: 'exec: "missing": not found' } }));
    fail(127, 'docker: Error response from daemon: failed to create task');
  }
  const child = spawn(program, args.slice(i + 1).map(inside), { cwd: mounts['/work'], detached: true, stdio: 'inherit',
    env: { ...env, PATH: path.dirname(process.execPath) + ':' + env.PATH, FAKE_CONTAINER: name } });
  const save = (state) => fs.writeFileSync(file(name), JSON.stringify({ pid: child.pid, state }));
  save({ Status: 'running', ExitCode: 0, OOMKilled: false, Error: '' });
  child.on('exit', (code, signal) => {
    const status = code ?? 128 + require('node:os').constants.signals[signal];
    save({ Status: 'exited', ExitCode: status, OOMKilled: args.includes('oom'), Error: '' });
    endAll(name);
    process.exit(status);
  });
} else fail(1, 'unknown command');
`;

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'atelier-fake-docker-'));
  await writeFile(join(bin, 'docker'), FAKE_DOCKER);
  await chmod(join(bin, 'docker'), 0o755);
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const fakeEngine = (image = IMAGE) => new DockerSandbox({ image, path: `${bin}:/usr/bin:/bin` });
const calls = async () =>
  (await readFile(join(bin, 'state', 'calls'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);

/** The driver is made before `bin` exists; it only looks for the client when it runs. */
const lazily = {
  name: 'docker',
  probe: () => fakeEngine().probe(),
  run: (given: Parameters<DockerSandbox['run']>[0]) => fakeEngine().run(given),
};
sandboxConformance('docker (with a stand-in for its client)', () => lazily, { limitsByEngine: true });

const engine = await run(findExecutable('docker', HOST_PATH) ?? 'docker', ['image', 'inspect', IMAGE]).then(
  () => true,
  () => false,
);
if (engine) sandboxConformance('docker', () => new DockerSandbox({ image: IMAGE }), { limitsByEngine: true });
else {
  // oxlint-disable-next-line jest/no-disabled-tests
  it.skip(`the docker sandbox on a real engine: skipped, since no engine with ${IMAGE} answers here`, () =>
    expect(lazily.probe()).resolves.toBeUndefined());
}

describe('the arguments of docker', () => {
  const limits = { wallMs: 1000, memoryBytes: 2 ** 30, processes: 128, workDirBytes: 1000, outputBytes: 10 };
  const spec = {
    name: 'box',
    image: IMAGE,
    uid: 501,
    gid: 20,
    env: { CI: '1' },
    command: ['node', '-e', '0'],
  };
  const words = dockerArguments({ workDir: '/data/a, "b"', limits, hasGit: true, toolsDir: '/t' }, spec);
  const valueOf = (option: string) => words[words.indexOf(option) + 1];

  it('close the network, the file system, capabilities and privileges', () => {
    expect(valueOf('--network')).toBe('none');
    expect(words).toContain('--read-only');
    expect(valueOf('--cap-drop')).toBe('ALL');
    expect(valueOf('--security-opt')).toBe('no-new-privileges');
    expect(valueOf('--user')).toBe('501:20');
    expect(valueOf('--pull')).toBe('never');
  });

  it('set memory without swap, and the number of tasks', () => {
    expect(valueOf('--memory')).toBe('1073741824');
    expect(valueOf('--memory-swap')).toBe('1073741824');
    expect(valueOf('--pids-limit')).toBe('1024');
  });

  it('mount the work folder, its .git and the tools read-only, and quote odd names', () => {
    expect(words.filter((_, index) => words[index - 1] === '--mount')).toEqual([
      'type=bind,"source=/data/a, ""b""",target=/work',
      'type=bind,"source=/data/a, ""b""/.git",target=/work/.git,readonly',
      'type=bind,"source=/t",target=/tools,readonly',
    ]);
  });

  it('end with the image and the command, past the image’s own entrypoint', () => {
    expect(words.slice(-5)).toEqual(['--entrypoint', 'node', IMAGE, '-e', '0']);
    expect(words).toContain('CI=1');
  });
});

describe('the docker sandbox', () => {
  let workDir: string;
  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'atelier-docker-'));
  });
  afterEach(async () => {
    await rm(workDir, { recursive: true, force: true });
    await rm(join(bin, 'daemon-is-down'), { force: true });
  });

  it('says that the daemon does not answer, and what to do', async () => {
    await writeFile(join(bin, 'daemon-is-down'), '');
    await expect(fakeEngine().probe()).rejects.toThrow(SandboxError);
    await expect(fakeEngine().probe()).rejects.toThrow(
      /daemon does not answer: Cannot connect.*Start Docker/,
    );
  });

  it('says how to fetch an image that is not there', async () => {
    await expect(fakeEngine('missing:1').probe()).rejects.toThrow('docker pull missing:1');
  });

  it('says that the client is missing', async () => {
    const none = new DockerSandbox({ image: IMAGE, path: '/nonexistent' });
    await expect(none.probe()).rejects.toThrow(/client was not found/);
  });

  it('refuses an engine that lets the trial run out: the stand-in isolates nothing', async () => {
    await expect(fakeEngine().probe()).rejects.toThrow(
      /does not hold.*read a file outside the work folder.*connect to a port of the host/,
    );
  });

  it('reports a container whose memory ran out', async () => {
    const result = await fakeEngine().run({ workDir, command: () => ['sh', '-c', 'kill -9 $$', 'oom'] });
    expect(result).toMatchObject({ stoppedBy: 'memory', signal: 'SIGKILL' });
  });

  it('takes a container that never started for a failure of the sandbox', async () => {
    const started = fakeEngine().run({ workDir, command: () => ['missing'] });
    await expect(started).rejects.toThrow(/could not start the container.*"missing": not found/);
  });

  it('kills the container by its name at a limit, and removes it after every run', async () => {
    await mkdir(join(bin, 'state'), { recursive: true });
    const before = (await calls().catch(() => [])).length;
    await fakeEngine().run({ workDir, command: () => ['sleep', '30'], limits: { wallMs: 500 } });
    const made = (await calls()).slice(before);
    const name = made[0]?.[2];
    expect(name).toMatch(/^atelier-[0-9a-f-]{36}$/);
    expect(made).toContainEqual(['kill', name]);
    expect(made.at(-1)).toEqual(['rm', '--force', '--volumes', name]);
  });
});
