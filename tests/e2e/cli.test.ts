import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { leftovers, run, start, type Ended, type Started } from '../../src/testing/programs.js';

jest.setTimeout(240_000);

const KEY = 'sk-ant-api03-abcdefghij-WXYZ\n';
let folder: string;
let dataDir: string;
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ ATELIER_DATA_DIR: dataDir, ...more });
const atelier = (...args: string[]): Promise<Ended> => run('atelier', args, env());

/** What `--json` prints for a session. */
type Told = Record<string, unknown> & { sessionId: string; status: string };

/** A command's one JSON document. */
async function json<T = Told>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await atelier(...args, '--json');
  if (code !== 0) throw new Error(`atelier ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-cli-'));
  dataDir = join(folder, 'data');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('without a server', () => {
  let sessionId = '';

  it('submit works on the mission until it needs a person, says how to decide, and leaves nothing running', async () => {
    const { code, stdout } = await atelier('submit', 'A URL shortener with click statistics');
    expect(stdout).toContain('It waits for your decision on: PRD and tech spec.');
    sessionId = /approve +npx atelier approve (\S+)/.exec(stdout)?.[1] ?? '';
    expect(sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(stdout).not.toContain('\u001B');
    expect([code, await leftovers(dataDir)]).toEqual([0, []]);
  });

  it('approve goes on to the end, and the code is where it says', async () => {
    const { code, stdout } = await atelier('approve', sessionId);
    expect(stdout).toMatch(/✓ Approved: docs\/prd\.md v1/);
    expect(stdout).toMatch(/Completed in .*: \d+ tests passed\./);
    const workDir = /The project is in (.+)/.exec(stdout)?.[1] ?? '';
    expect(await readFile(join(workDir, 'package.json'), 'utf8')).toContain('"test"');
    expect([code, await leftovers(dataDir)]).toEqual([0, []]);
  });

  it('two commands at once share what the first one starts, or take it over when it ends', async () => {
    const both = await Promise.all([atelier('submit', 'Minesweeper'), atelier('submit', 'A to-do list')]);
    for (const { code, stdout } of both)
      expect([code, stdout]).toEqual([0, expect.stringContaining('waits for your decision')]);
    expect(await leftovers(dataDir)).toEqual([]);
  });

  it('doctor finds all that is needed, and names what it found', async () => {
    const { ok, checks } = await json<{ ok: boolean; checks: { name: string }[] }>('doctor');
    expect(ok).toBe(true);
    const names = checks.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Node.js', 'Data folder', 'Disk', 'Database', 'Migrations']),
    );
    expect(names).toEqual(
      expect.arrayContaining(['Queue', 'Models', 'Sandbox', 'Model keys', 'Vector search']),
    );
    expect(await leftovers(dataDir)).toEqual([]);
  });

  it('doctor fails when something that is needed is broken, and says the way out', async () => {
    const gone = {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      ATELIER_MODEL: 'anthropic:claude-sonnet-4-5',
    };
    const { code, stdout } = await run('atelier', ['doctor'], env(gone));
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ Database .*ECONNREFUSED/);
    expect(stdout).toContain('Check that DATABASE_URL names a server that runs');
  });

  it('migrate and its revert do what they say', async () => {
    expect((await run('migrate', [], env())).stdout).toBe('The database is up to date.\n');
    const fresh = env({ ATELIER_DATA_DIR: join(folder, 'migrated') });
    expect((await run('migrate', [], fresh)).stdout).toMatch(/^Applied \d+ migrations?: /);
    const reverted = await run('migrate', ['--revert', '--json'], fresh);
    expect(JSON.parse(reverted.stdout)).toMatchObject({ applied: [], reverted: expect.any(String) });
  });

  it('keys rotate makes a new root key, and seals what is stored under it', async () => {
    expect((await run('atelier', ['settings', 'set-key', 'qa'], env(), KEY)).code).toBe(0);
    const before = await readFile(join(dataDir, 'secret-keys'), 'utf8');
    const report = await json<{ kid: string }>('keys', 'rotate');
    expect(report).toMatchObject({ rotated: 1, total: 1, failed: [], finished: true });
    const after = await readFile(join(dataDir, 'secret-keys'), 'utf8');
    expect(after.startsWith(`${report.kid}:`)).toBe(true);
    expect(after.trim().endsWith(before.trim())).toBe(true);
    expect(await json('settings', 'set-key', 'qa', '--clear')).toMatchObject({ key: { lastFour: null } });
  });

  it('eval plays a suite, compares it with an earlier run, and refuses what is none', async () => {
    const suite = join(folder, 'suite');
    await cp(fileURLToPath(new URL('../../evals/small/todo', import.meta.url)), join(suite, 'todo'), {
      recursive: true,
    });
    const first = await run('atelier', ['eval', suite, '--json'], env({ ATELIER_ALLOW_UNSANDBOXED: '1' }));
    expect(JSON.parse(first.stdout)).toMatchObject({
      suite: 'suite',
      totals: { missions: 1, acceptancePassRate: 1 },
    });
    await writeFile(join(folder, 'first.json'), first.stdout);
    const again = ['eval', suite, '--against', join(folder, 'first.json')];
    const { code, stdout, stderr } = await run('atelier', again, env({ ATELIER_ALLOW_UNSANDBOXED: '1' }));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/todo +passed +passed 5\/5/)]);
    expect(stderr).toContain('Nothing differs but the time taken.');
    expect((await atelier('eval', folder)).code).toBe(2);
    expect(await leftovers(dataDir)).toEqual([]);
  });

  it('a start that fails beside its database leaves nothing running, and its last words are why', async () => {
    const own = join(folder, 'no-sandbox');
    const docker = { ATELIER_SANDBOX: 'docker', ATELIER_SANDBOX_IMAGE: 'atelier-test/no-such-image:0' };
    const { code, stderr } = await run('start', [], env({ ATELIER_DATA_DIR: own, PORT: '0', ...docker }));
    expect([code, await leftovers(own)]).toEqual([1, []]);
    expect(stderr).toMatch(/atelier: There is no sandbox to run code in\.\ndocker: .*\n$/);
  });

  it('a wrong environment is told in words, all of it at once', async () => {
    const { code, stderr } = await run(
      'atelier',
      ['sessions'],
      env({ PORT: 'many', REDIS_URL: 'mysql://x' }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('PORT');
    expect(stderr).toContain('REDIS_URL');
    expect(stderr).not.toContain('    at ');
  });
});

describe('with a server', () => {
  let server: Started;
  let url = '';

  beforeAll(async () => {
    server = start('start', [], env({ PORT: '0', LOG_LEVEL: 'warn' }));
    await server.says(/Stop: Ctrl-C/);
    url = /address +(\S+)/.exec(server.stdout())?.[1] ?? '';
  });
  afterAll(async () => {
    server.signal('SIGKILL');
    await server.ended;
  });

  it('shows the first administrator’s login, although a command was first, and shows it once', async () => {
    expect(server.stdout()).toMatch(/shown this once:\n +e-mail +admin@localhost\n +password +\S{20}\n/);
    await expect(readFile(join(dataDir, 'first-login.json'))).rejects.toThrow('ENOENT');
  });

  it('a second start on the same folder is refused, with the ways out', async () => {
    const { code, stderr } = await run('start', [], env({ PORT: '0', LOG_LEVEL: 'warn' }));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^atelier: The data folder .* is in use by process \d+ .*ATELIER_DATA_DIR.*DATABASE_URL.*\n$/,
    );
  });

  it('a port that is taken is named, and nothing is left of the attempt', async () => {
    const other = join(folder, 'other');
    const taken = { ATELIER_DATA_DIR: other, PORT: new URL(url).port, LOG_LEVEL: 'silent' };
    const { code, stderr } = await run('start', [], taken);
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`port ${taken.PORT}.*set PORT`))]);
    expect(await leftovers(other)).toEqual([]);
  });

  it('a mission goes from submit through watch, approve and show to its artifacts and export', async () => {
    const { sessionId, status } = await json(
      'submit',
      'A sales report from a CSV file',
      '--project',
      'Sales',
    );
    expect(['pending', 'running', 'awaiting_approval']).toContain(status);

    const watched = await atelier('watch', sessionId);
    expect(watched.code).toBe(0);
    expect(watched.stdout).not.toContain('\u001B');
    expect(watched.stdout).toMatch(/Product Manager +done: /);
    expect(watched.stdout).toContain('It waits for your decision on: PRD and tech spec.');

    expect(await json('approve', sessionId, '--watch')).toMatchObject({
      status: 'completed',
      qaPassed: true,
    });
    const again = await atelier('approve', sessionId);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('waits for no decision: it is completed'),
    ]);

    const shown = await json('show', sessionId);
    expect(shown).toMatchObject({ sessionId, projectName: 'Sales', rehearsal: true });
    expect((shown['executions'] as unknown[]).length).toBeGreaterThan(4);

    const artifacts = await json<{ path: string }[]>('artifacts', sessionId);
    expect(artifacts.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['docs/prd.md', 'package.json']),
    );
    expect((await atelier('artifacts', sessionId, 'docs/prd.md')).stdout).toMatch(/^# /);
    expect((await atelier('artifacts', sessionId, 'no/such.md')).code).toBe(1);

    const zip = join(folder, 'sales.zip');
    expect(await json('export', sessionId, '--output', zip)).toMatchObject({ file: zip });
    expect((await readFile(zip)).subarray(0, 2).toString()).toBe('PK');
    expect((await atelier('export', sessionId, '--output', zip)).code).toBe(2);
  });

  it('a gate can be sent back, rejected, and a session cancelled and taken up again', async () => {
    const { sessionId } = await json('submit', 'A rate limiter', '--watch');
    const back = await atelier(
      'request-changes',
      sessionId,
      'Count',
      'per',
      'user',
      '--target',
      'arch',
      '--watch',
    );
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/changes requested: Count per user/)]);
    const nowhere = await atelier('request-changes', sessionId, 'More', '--target', 'qa');
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('must be one of: pm, arch')]);
    expect(await json('cancel', sessionId)).toMatchObject({ status: 'cancelled' });
    expect((await atelier('watch', sessionId)).code).toBe(1);
    expect(await json('retry', sessionId, '--watch')).toMatchObject({ status: 'awaiting_approval' });
    expect(await json('reject', sessionId, '--comment', 'We buy one')).toMatchObject({ status: 'rejected' });
    expect((await atelier('retry', sessionId)).code).toBe(1);
  });

  it('an administrator decides past the policy with a reason, and only where there is one to go past', async () => {
    const { sessionId } = await json('submit', 'A to-do list', '--watch');
    const { token } = await json<{ token: string }>('tokens', 'create', 'policy');
    const put = (policy: object): Promise<Response> =>
      fetch(`${url}/api/v1/policies/studio/human_gate`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(policy),
      });
    expect((await put({ approvals: 2, allowSelfApproval: false })).status).toBe(200);
    const refused = await atelier('approve', sessionId);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('your own mission')]);
    const done = await atelier('approve', sessionId, '--bypass', 'Everybody else is away', '--watch');
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/Completed in .*tests passed/)]);
    expect((await put({})).status).toBe(200);
  });

  it('lists what is asked for, for people and as JSON', async () => {
    const all = await json<Told[]>('sessions');
    expect(all.length).toBeGreaterThan(3);
    const { stdout } = await atelier('sessions', '--status', 'completed', '--limit', '1');
    expect(stdout.split('\n')).toHaveLength(3);
    expect((await atelier('sessions', '--team')).stdout).toMatch(/^SESSION .* OWNER +MISSION\n/);
    const unknown = await atelier('sessions', '--status', 'sleeping');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('status')]);
    expect((await atelier('show', 'nothing')).code).toBe(1);
  });

  it('changes settings, shows prompts, and makes users and tokens that work', async () => {
    expect(await json('settings', 'set', 'maxIterations', '5')).toMatchObject({
      key: 'maxIterations',
      value: 5,
    });
    expect((await atelier('settings', 'set', 'maxIterations', '0')).code).toBe(2);
    expect(await json('settings', 'set', 'maxIterations', 'default')).toMatchObject({ value: 3 });
    expect((await atelier('prompts', 'show', 'pm')).stdout).toMatch(/^---\nprofile: pm/);
    expect((await atelier('prompts', 'show', 'nobody')).stderr).toContain('pm, arch, eng, qa');
    expect(await json('users', 'create', 'ann@example.org', '--role', 'approver')).toMatchObject({
      role: 'approver',
      password: expect.stringMatching(/^\S{20}$/),
    });
    const { token, id } = await json<{ token: string; id: string }>('tokens', 'create', 'ci');
    const remote = { ATELIER_DATA_DIR: join(folder, 'elsewhere'), ATELIER_URL: url, ATELIER_TOKEN: token };
    expect((await run('atelier', ['doctor'], remote)).stdout).toContain(
      'acts as admin@localhost, role admin',
    );
    await json('tokens', 'revoke', id);
    const refused = await run('atelier', ['sessions'], remote);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ATELIER_TOKEN')]);
  });

  it('brings a prompt version from a file into use and back, and tries it first', async () => {
    const file = join(folder, 'pm.md');
    await writeFile(file, `${(await atelier('prompts', 'show', 'pm')).stdout}\nBe brief.\n`);
    const made = await json<{ id: number; version: number }>(
      'prompts',
      'draft',
      'pm',
      file,
      '--note',
      'Shorter',
    );
    expect(made).toMatchObject({ version: 2, state: 'draft', note: 'Shorter' });
    expect((await atelier('prompts', 'diff', 'pm', '1', '--to', '2')).stdout).toContain('{+');
    const tried = await atelier('prompts', 'tryout', 'pm', '2', '--last', '1');
    expect([tried.code, tried.stdout]).toEqual([
      0,
      expect.stringMatching(/draft +valid(.|\n)*active +valid/),
    ]);
    const again = await json('prompts', 'tryout', 'pm', '2', '--last', '1');
    expect((await atelier('prompts', 'tryout', '--cancel', String(again['id']))).stdout).toBe(
      'The tryout is completed; 2 of 2 calls have ended.\n',
    );
    expect((await atelier('prompts', 'tryout', 'pm', '--cancel', 'x')).code).toBe(2);
    expect((await atelier('prompts', 'tryout', 'pm')).code).toBe(2);
    await json('prompts', 'canary', 'start', 'pm', '2', '--percent', '10');
    expect((await atelier('prompts', 'list')).stdout).toMatch(/pm +2 +canary 10 %/);
    await json('prompts', 'canary', 'drop', 'pm');
    expect((await atelier('prompts', 'canary', 'show', 'pm')).stdout).toContain('dropped');
    const stale = await atelier('prompts', 'activate', 'pm', '2', '--instead-of', '2');
    expect([stale.code, stale.stderr]).toEqual([
      1,
      expect.stringContaining('Version 1 of "pm" is active now'),
    ]);
    expect(await json('prompts', 'activate', 'pm', '2')).toMatchObject({ state: 'active' });
    expect((await atelier('prompts', 'rollback', 'pm')).stdout).toBe('pm went back from version 2 to 1\n');
    expect((await atelier('prompts', 'outcomes', 'pm')).stdout).toMatch(/1 \(active\) +\d+ +\d+ %/);
    expect((await atelier('prompts', 'activate', 'pm', 'two')).code).toBe(2);
  });

  it('sets agents up, and takes their keys from stdin alone', async () => {
    const set = ['--fallback', 'openai:gpt-5.5', '--daily-limit', '20', '--unit', 'usd', '--hard'];
    expect(await json('settings', 'agents', 'set', 'eng', ...set)).toMatchObject({
      fallback: { provider: 'openai', model: 'gpt-5.5' },
      dailyLimit: 20,
      hardLimit: true,
    });
    const given = await run('atelier', ['settings', 'set-key', 'eng'], env(), KEY);
    expect(given.stdout).toBe('Key of eng: its own, …WXYZ\n');
    const { stdout } = await atelier('settings', 'agents', 'list');
    expect(stdout).toMatch(/eng .*its own, …WXYZ +\$0\.00 +\$20\.00 a day, hard/);
    await json('settings', 'set-key', 'eng', '--clear');
    const missing = await atelier('settings', 'agents', 'show', 'nobody');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('pm, arch, eng, qa')]);
    await json('settings', 'agents', 'set', 'eng', '--daily-limit', '0', '--fallback', 'none');
  });

  it('a mission pauses at the edge of its budget, says how to go on, and does', async () => {
    const paused = await atelier('submit', 'A to-do list', '--budget-tokens', '1', '--watch');
    const id = /atelier budget (\S+) --add-tokens <n> --watch/.exec(paused.stderr)?.[1] ?? '';
    expect([paused.code, id]).toEqual([1, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await atelier('show', id)).stdout).toMatch(/Budget +0 tokens of 1 tokens/);
    const more = await atelier('budget', id, '--add-tokens', '9999999', '--watch');
    expect([more.code, more.stdout]).toEqual([0, expect.stringContaining('waits for your decision')]);
    expect(await json('budget', id)).toMatchObject({ tokens: { limit: 10_000_000 } });
  });

  it('stops in order when it is told to, and leaves nothing', async () => {
    server.signal('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect(server.stderr()).toContain('Stopped.');
    expect(await leftovers(dataDir)).toEqual([]);
  });
});

describe('npm run demo', () => {
  it('prints one JSON document as all of stdout, with the names that others script against', async () => {
    const { code, stdout, stderr } = await run('demo', ['--yes', '--json'], env());
    expect([code, stdout.trimEnd().split('\n')]).toEqual([0, [expect.any(String)]]);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toEqual({
      sessionId: expect.any(String),
      status: 'completed',
      phases: ['pm', 'arch', 'human_gate', 'eng', 'qa', 'complete'].map((phase) => ({
        phase,
        seconds: expect.any(Number),
      })),
      iterations: 2,
      qaPassed: true,
      tests: { passed: expect.any(Number), failed: 0, skipped: expect.any(Number) },
      artifacts: expect.arrayContaining([
        { type: 'prd', path: 'docs/prd.md', version: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ]),
      workDir: expect.stringContaining(dataDir),
      seconds: expect.any(Number),
    });
    expect((report['tests'] as { passed: number }).passed).toBeGreaterThan(5);
    expect(stderr).toContain('✓ Approved');
    expect(await leftovers(dataDir)).toEqual([]);
  });

  it('stops at the gate when it can ask nobody, and the commands finish what it began', async () => {
    const { code, stdout } = await run('demo', ['A', 'to-do', 'list', 'for', 'the', 'terminal'], env());
    const sessionId = /approve +npx atelier approve (\S+)/.exec(stdout)?.[1] ?? '';
    expect([code, sessionId]).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await atelier('approve', sessionId, '--no-watch')).code).toBe(0);
    const watched = await atelier('watch', sessionId);
    expect([watched.code, watched.stdout]).toEqual([0, expect.stringMatching(/Completed in .*tests passed/)]);
  });

  it('stops in order at Ctrl-C, leaves nothing running, and goes on later where it stood', async () => {
    const slow = env({ ATELIER_MODEL: 'rehearsal:studio?delayMs=500' });
    const demo = start('demo', ['--yes'], slow);
    await demo.says(/Product Manager +begins/);
    demo.signal('SIGINT');
    const { code, stderr } = await demo.ended;
    const sessionId = /npx atelier watch (\S+)/.exec(stderr)?.[1] ?? '';
    expect([code, stderr]).toEqual([130, expect.stringContaining('Nothing is lost')]);
    expect(await leftovers(dataDir)).toEqual([]);
    const { stdout } = await atelier('watch', sessionId);
    expect(stdout).toContain('It waits for your decision');
  });

  it('ends with 2 for options it does not know', async () => {
    const { code, stderr } = await run('demo', ['--yess'], env());
    expect([code, stderr]).toEqual([2, expect.stringContaining("unknown option '--yess'")]);
  });
});
