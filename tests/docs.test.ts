import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AppOverrides } from '../src/app.js';
import { buildProgram } from '../src/cli/main.js';
import { signatureOf } from '../src/services/notifications/signature.js';
import { approve } from '../src/testing/app.js';
import { zipOf } from '../src/testing/archives.js';
import { createEmptyDatabase, type TestDatabase } from '../src/testing/database.js';
import {
  codeIn,
  DOCUMENTS,
  documentText,
  fencesOf,
  PROJECT_ROOT,
  shownIn,
  type Fence,
} from '../src/testing/documents.js';
import { existingScript, PROJECT } from '../src/testing/existing-code.js';
import { startTestApi, type TestApi } from '../src/testing/http-api.js';
import { sumCatalog } from '../src/testing/studio-script.js';
import { RecordedStream } from '../src/testing/terminal.js';

const fences = DOCUMENTS.flatMap(fencesOf);
const commands = fences.filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language));
const tested = commands.filter(({ notTested }) => notTested === null);
const scripts = tested.filter(({ language }) => language === 'sh');
const shownOf = (program: RegExp): Fence[] =>
  tested.filter(({ language, text }) => language === 'console' && program.test(text));

/**
 * What stands for npm and for servers: npm's scripts are built already, packages are not installed anew, and a server
 * that runs until Ctrl-C is stopped as by Ctrl-C once it says that it is up.
 */
const PRELUDE = `set -euo pipefail
serve() {
  command node dist/scripts/start.js "$@" >"$SCRATCH/said" 2>&1 & local pid=$!
  for _ in $(seq 900); do
    if grep -Eq 'Stop: Ctrl-C|worker is running' "$SCRATCH/said" || ! kill -0 $pid 2>/dev/null; then break; fi
    sleep 0.1
  done
  kill -INT $pid && wait $pid || { cat "$SCRATCH/said" >&2; return 1; }
  cat "$SCRATCH/said"
}
node() { if [ "$1" = dist/scripts/start.js ]; then shift; serve "$@"; else command node "$@"; fi; }
npx() { [ "$1" = atelier ] || return 127; shift; node bin/atelier.js "$@"; }
npm() {
  case "$1 \${2:-}" in
    'ci ') command npm ci --dry-run --offline --silent ;;
    'start ') serve ;;
    'run build') test -f dist/.built-from ;;
    'run '*) local name=$2; shift 2; [ "\${1:-}" != -- ] || shift; node "dist/scripts/$name.js" "$@" ;;
    *) return 127 ;;
  esac
}
`;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'atelier-docs-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Runs lines in bash with nothing of our environment but `env`. */
async function bash(
  text: string,
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', text], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], SCRATCH: scratch, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

describe('the documents’ commands', () => {
  it('are all run here, but for those that say why not', () => {
    const left = commands.filter(({ notTested }) => notTested !== null);
    process.stderr.write(left.map(({ at, notTested }) => `${at} is not run: ${notTested}\n`).join(''));
    const run = [...scripts, ...shownOf(/^\$ curl/m), ...shownOf(/^\$ np[mx]/m)];
    expect(run.map(({ at }) => at).toSorted()).toEqual(tested.map(({ at }) => at).toSorted());
    expect(run.length).toBeGreaterThan(4);
    const hidden = fences.filter(({ language, text }) => language === '' && /^\$ /m.test(text));
    expect(hidden.map(({ at }) => at)).toEqual([]);
  });

  it('name npm scripts that there are', () => {
    const known = Object.keys((JSON.parse(documentText('package.json')) as { scripts: object }).scripts);
    const named = DOCUMENTS.flatMap((name) => [...documentText(name).matchAll(/npm run ([a-z]+)/g)]);
    expect(named.length).toBeGreaterThan(10);
    expect(
      [...new Set(named.map(([, script = '']) => script))].filter((one) => !known.includes(one)),
    ).toEqual([]);
  });
});

describe('the receiver in docs/panel.md', () => {
  it('takes what is signed as the webhooks are, and nothing else', async () => {
    const [example] = fencesOf('docs/panel.md').filter(({ language }) => language === 'js');
    const file = join(scratch, 'receiver.mjs');
    await writeFile(file, example?.text ?? '');
    const seconds = Math.floor(Date.now() / 1000);
    const cases = [
      [signatureOf('secret', 'd1', seconds, '{}'), true],
      [signatureOf('other', 'd1', seconds, '{}'), false],
      [signatureOf('secret', 'd2', seconds, '{}'), false],
      [signatureOf('secret', 'd1', seconds, '{ }'), false],
      [signatureOf('secret', 'd1', seconds - 3600, '{}'), false],
      ['nonsense', false],
    ] as const;
    const asked = `import { isFromAtelier } from '${file}';
      const headers = (s) => ({ 'atelier-signature': s, 'atelier-delivery': 'd1' });
      const said = ${JSON.stringify(cases)}.map(([s]) => isFromAtelier(headers(s), '{}', 'secret'));
      process.stdout.write(JSON.stringify(said));`;
    await writeFile(join(scratch, 'asks.mjs'), asked);
    const { stdout, stderr } = await bash(`${JSON.stringify(process.execPath)} asks.mjs`, scratch, {});
    expect([stdout, stderr]).toEqual([JSON.stringify(cases.map(([, taken]) => taken)), '']);
  });
});

describe('the command line', () => {
  /** Commands in running text and tables, without what a shell does with them. */
  const named = DOCUMENTS.flatMap((name) =>
    codeIn(name)
      .filter((code) => /^(npx )?atelier [a-z]/.test(code))
      .map((code) => [name, code.replace(/^npx /, '').replace(/ [<>] \S+$/, '')] as const),
  );

  it('is named often', () => expect(named.length).toBeGreaterThan(40));

  it.each(named)('%s: "%s" is a command with these options', async (_name, code) => {
    const streams = { stdin: process.stdin, stdout: new RecordedStream(), stderr: new RecordedStream() };
    const words = [...code.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    let ran = 0;
    const program = buildProgram('1.0.0', streams, async () => void (ran += 1));
    await program.parseAsync(words.slice(1), { from: 'user' });
    expect(ran).toBe(1);
  });
});

describe('the shell blocks, with the built programs', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());

  it.each(scripts.map((fence) => [fence.at, fence] as const))(
    '%s runs to its end',
    async (_at, { text }) => {
      const given: Record<string, string> = {
        DATABASE_URL: database.url,
        REDIS_URL: '',
        ATELIER_DATA_DIR: join(scratch, 'production'),
        ATELIER_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
        ATELIER_PUBLIC_URL: 'http://localhost:3000',
      };
      // Values that the reader has to know: `NAME=something…`, or a folder of production.
      const filled = text.replaceAll(/\b([A-Z][A-Z_]+)=(\S*…|\/var\/\S+)/g, (_all, name: string) => {
        return `${name}='${given[name] ?? ''}'`;
      });
      const env = { ATELIER_DATA_DIR: join(scratch, 'data'), PORT: '0' };
      const { code, stdout, stderr } = await bash(`${PRELUDE}\n${filled}`, PROJECT_ROOT, env);
      expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
      expect(stdout.length).toBeGreaterThan(50);
    },
    120_000,
  );

  it.each(shownOf(/^\$ np[mx]/m).map((fence) => [fence.at, fence] as const))(
    '%s answers as shown, line by line, but for times, ids and the sandbox',
    async (_at, { text }) => {
      const plain = (said: string): string[] =>
        said
          .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
          .replaceAll(/\d+\.\d+ s\b/g, 'TIME')
          .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
          .replaceAll(/\((bubblewrap|docker|plain)\)/g, '(sandbox)')
          .split('\n')
          .map((line) => line.trim());
      for (const { command, answer } of shownIn(text)) {
        const env = { ATELIER_DATA_DIR: join(scratch, 'data'), PORT: '0' };
        const { code, stdout, stderr } = await bash(`${PRELUDE}\n${command}`, PROJECT_ROOT, env);
        expect([code, stderr]).toEqual([0, expect.anything()]);
        const said = new Set(plain(stdout + stderr));
        expect(plain(answer).filter((line) => !said.has(line))).toEqual([]);
      }
    },
    120_000,
  );
});

/** What `artifacts.*.sha256` names in an answer, as a shell has it: text as it is, everything else as JSON. */
function pathIn(answer: string, path: string): string {
  const keys = path.split('.').filter((key) => key !== '*');
  const found = keys.reduce(pick, JSON.parse(answer) as unknown);
  if (found === undefined) throw new Error(`There is no ${path} in ${answer}`);
  return typeof found === 'string' ? found : JSON.stringify(found);
}

/** A property, or of each item of a list that property; a number is an item of the list. */
function pick(value: unknown, key: string): unknown {
  if (Array.isArray(value))
    return /^\d+$/.test(key) ? value[Number(key)] : value.map((item) => pick(item, key));
  return (value as Record<string, unknown> | null)?.[key];
}

describe('the curl blocks, against a server', () => {
  let api: TestApi;
  /** A person's own variables, as a shell has them; blocks go on where the one before ended. */
  const env: Record<string, string> = {};

  /** @param own what the models are: recordings unless a block works on existing code */
  async function open(own: AppOverrides): Promise<void> {
    api = await startTestApi(own, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    await api.app.startWorker();
    const admin = await api.user('admin');
    const ada = {
      email: 'ada@example.org',
      name: 'Ada',
      password: 'correct horse battery',
      role: 'submitter',
    };
    const made = await api.call('POST', '/api/v1/users', { token: admin.token, json: ada });
    expect(made.status).toBe(201);
  }
  beforeAll(async () => writeFile(join(scratch, 'shop.zip'), await zipOf({ ...PROJECT, '.env': 'KEY=1' })));
  afterEach(() => api.close());

  /** Waits as the comment says that a reader would: `it waits at its gate, is approved …, and is completed`. */
  async function meanwhile(words: string): Promise<void> {
    const [id, person] = [env['ID'] ?? '', await api.user('admin')];
    if (words.includes('waits at its gate')) await api.until(person, id, 'awaiting_approval');
    if (words.includes('is approved')) await approve(api.app, person, id);
    if (words.includes('is completed')) await api.until(person, id, 'completed');
  }

  /** For a block that goes on where an earlier one ended. */
  async function signIn(): Promise<void> {
    const json = { email: 'ada@example.org', password: 'correct horse battery' };
    const { token } = (await api.call('POST', '/api/v1/login', { json })).json as { token: string };
    Object.assign(env, { URL: `${api.url}/api/v1`, AUTH: `Authorization: Bearer ${token}` });
  }

  it.each(shownOf(/^\$ curl/m).map((fence) => [fence.at, fence] as const))(
    '%s answers as shown',
    async (_at, { text }) => {
      let last = '';
      await open(text.includes('$URL/sources') ? { catalog: sumCatalog(existingScript()) } : {});
      if (!/^\$ URL=/m.test(text)) await signIn();
      const shown = shownIn(text);
      expect(shown.length).toBeGreaterThan(3);
      for (const { command, answer } of shown) {
        const [, name = '', path] = /^([A-Z]+)=.*?(?:\s# (\S+) of the answer)?$/.exec(command) ?? [];
        if (command.startsWith('# ')) await meanwhile(command);
        else if (name === 'URL') env[name] = `${api.url}/api/v1`;
        else if (path !== undefined) env[name] = pathIn(last, path);
        else if (name !== '')
          env[name] = (await bash(`${command}; printf %s "$${name}"`, scratch, env)).stdout;
        else last = await ask(command, answer);
      }
    },
    120_000,
  );

  /** Runs one curl and compares: every key and every event that is shown is in the answer; a file where one is saved. */
  async function ask(command: string, shown: string): Promise<string> {
    const streams = /^curl -\w*N/.test(command);
    const before = await readdir(scratch);
    const limits = `curl() { command curl --fail-with-body --max-time ${streams ? 3 : 30} "$@"; }`;
    const { code, stdout, stderr } = await bash(`${limits}\n${command}`, scratch, env);
    // A stream of events goes on until the reader leaves: 28 is curl's word for having left.
    expect([command, code, stdout + stderr]).toEqual([command, streams ? 28 : 0, stdout + stderr]);
    const keys = [...shown.matchAll(/"(\w+)":|^event: (\w+)$/gm)].map(([, key, event]) => key ?? event ?? '');
    expect(
      keys.filter((key) => !stdout.includes(`"${key}":`) && !stdout.includes(`event: ${key}\n`)),
    ).toEqual([]);
    const saved = (await readdir(scratch)).filter((name) => !before.includes(name));
    const [file] = saved;
    if (/^curl -\w*O/.test(command)) {
      expect(saved).toHaveLength(1);
      expect((await readFile(join(scratch, file ?? ''))).length).toBeGreaterThan(100);
    } else expect(stdout.length).toBeGreaterThan(20);
    return stdout;
  }
});
