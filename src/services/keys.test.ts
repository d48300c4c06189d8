import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { silentLogger } from '../core/logger.js';
import { newId } from '../core/ids.js';
import { formatRootKeys, newRootKey, type RootKey } from '../core/root-keys.js';
import { SecretBox } from '../core/secret-box.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import { KeyService } from './keys.js';
import type { Caller } from './sessions.js';

const old: RootKey = { ...newRootKey(), kid: 'old' };
const fresh: RootKey = { ...newRootKey(), kid: 'fresh' };
const KEY = 'sk-ant-api03-abcdefghij-WXYZ';

let test: TestApp;
let admin: Caller;
beforeEach(async () => {
  test = await startTestApp({}, { ATELIER_SECRET_KEYS: formatRootKeys([old]) });
  admin = await test.person('admin');
});
afterEach(async () => test.close());

const sql = (text: string, values: unknown[] = []) => test.app.dataSource.query(text, values);
const sealedOf = async (profile: string): Promise<string> => {
  const [row] = await sql(`SELECT api_key_encrypted AS sealed FROM agent_settings WHERE profile_name = $1`, [
    profile,
  ]);
  return row.sealed;
};
const rotated = (keys = [fresh, old]) =>
  new KeyService(test.app.dataSource, new SecretBox(keys), silentLogger());

/** Some webhooks, each with a sealed secret. */
async function webhooks(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  for (const id of ids)
    await sql(
      `INSERT INTO webhooks (id, user_id, url, secret_encrypted) VALUES ($1, $2, 'https://x.example', $3)`,
      [id, admin.userId, test.app.keys.seal(`secret of ${id}`, { table: 'webhooks', row: id, provider: '' })],
    );
  return ids;
}
const secretOf = async (keys: KeyService, id: string): Promise<string> => {
  const [row] = await sql(`SELECT secret_encrypted AS sealed FROM webhooks WHERE id = $1`, [id]);
  return keys.open(row.sealed, { table: 'webhooks', row: id, provider: '' });
};

describe('a stored key', () => {
  it('is shown by its last four characters alone, and kept sealed', async () => {
    expect(await test.app.keys.setKey(admin, 'pm', `  ${KEY}\n`)).toEqual({
      profile: 'pm',
      provider: 'anthropic',
      stored: true,
      lastFour: 'WXYZ',
    });
    expect(await sealedOf('pm')).toMatch(/^v1\.old\.[\w-]{22}\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
    expect(await test.app.keys.keyFor('pm', 'anthropic')).toBe(KEY);
    const everywhere = JSON.stringify([
      await test.app.profiles.list(),
      await sql(`SELECT * FROM agent_settings`),
      await sql(`SELECT * FROM audit_log`),
      await sql(`SELECT * FROM session_events`),
    ]);
    expect(everywhere).not.toContain(KEY);
    expect(everywhere).not.toContain(KEY.slice(0, -4));
    expect(everywhere).toContain('key_changed');
  });

  it('of few characters shows none of them', async () => {
    expect(await test.app.keys.setKey(admin, 'pm', 'short-key')).toMatchObject({
      stored: true,
      lastFour: null,
    });
  });

  it('can be cleared, and its profile uses the environment again', async () => {
    await test.app.keys.setKey(admin, 'pm', KEY);
    expect(await test.app.keys.clearKey(admin, 'pm')).toMatchObject({ stored: false, lastFour: null });
    expect(await test.app.keys.keyFor('pm', 'anthropic')).toBeUndefined();
  });

  it('is for its provider alone, and goes when the profile turns to another one', async () => {
    await test.app.keys.setKey(admin, 'pm', KEY);
    expect(await test.app.keys.keyFor('pm', 'openai')).toBeUndefined();
    await test.app.profiles.update(admin, 'pm', { provider: 'openai', model: 'gpt-5' });
    expect(await test.app.keys.info('pm')).toMatchObject({ provider: 'openai', stored: false });
  });

  it.each([
    [
      'another profile',
      `UPDATE agent_settings SET api_key_encrypted = (SELECT api_key_encrypted FROM agent_settings WHERE profile_name = 'pm') WHERE profile_name = 'qa'`,
      'qa',
      'anthropic',
    ],
    [
      'another provider',
      `UPDATE agent_settings SET provider = 'openai' WHERE profile_name = 'pm'`,
      'pm',
      'openai',
    ],
  ])('that was moved to %s in the database does not open', async (_, move, profile, provider) => {
    await test.app.keys.setKey(admin, 'pm', KEY);
    await sql(move);
    await expect(test.app.keys.keyFor(profile, provider)).rejects.toMatchObject({
      code: 'secret_unreadable',
      details: { reason: 'not_authentic', row: profile },
    });
  });

  it('is set by administrators alone', async () => {
    const approver = await test.person('approver');
    for (const attempt of [
      test.app.keys.setKey(approver, 'pm', KEY),
      test.app.keys.clearKey(approver, 'pm'),
      test.app.keys.rotateKeys(approver),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['', 'is too short'],
    ['with a space', 'printable ASCII'],
    ['käse-käse-käse', 'printable ASCII'],
    ['x'.repeat(5000), 'is longer than 4096'],
  ])('is refused when it is %p, without being repeated', async (key, problem) => {
    const error: Error = await test.app.keys.setKey(admin, 'pm', key).then(
      () => new Error('was taken'),
      (refused: Error) => refused,
    );
    expect(error.message).toContain(problem);
    if (key !== '') expect(JSON.stringify([error.message, error])).not.toContain(key);
  });

  it('cannot be set without root keys, and the way out is named', async () => {
    const none = new KeyService(test.app.dataSource, undefined, silentLogger());
    await expect(none.setKey(admin, 'pm', KEY)).rejects.toMatchObject({
      code: 'root_keys_missing',
      message: expect.stringContaining('ATELIER_SECRET_KEYS'),
    });
    expect(await none.keyFor('pm', 'anthropic')).toBeUndefined();
  });
});

describe('a rotation', () => {
  it('seals every stored secret again under the first root key, and tells how far it is', async () => {
    await test.app.keys.setKey(admin, 'pm', KEY);
    await test.app.keys.setKey(admin, 'qa', `${KEY}2`);
    const ids = await webhooks(5);
    const progress: number[] = [];
    const keys = rotated();
    const report = await keys.rotateKeys(admin, { batch: 3, onProgress: (done) => progress.push(done) });
    expect(report).toEqual({ kid: 'fresh', rotated: 7, total: 7, failed: [], finished: true });
    expect(progress).toEqual([3, 6, 7]);
    const alone = rotated([fresh]);
    expect(await alone.keyFor('pm', 'anthropic')).toBe(KEY);
    for (const id of ids) expect(await secretOf(alone, id)).toBe(`secret of ${id}`);
    expect(await keys.rotateKeys(admin)).toMatchObject({ rotated: 0, total: 7, finished: true });
    const audit = await sql(`SELECT details FROM audit_log WHERE event_type = 'keys_rotated'`);
    expect(audit).toHaveLength(2);
  });

  it('that is stopped in the middle leaves everything readable, and the next call finishes it', async () => {
    const ids = await webhooks(10);
    const keys = rotated();
    const stop = new AbortController();
    const half = await keys.rotateKeys(admin, {
      batch: 2,
      signal: stop.signal,
      onProgress: (done) => done >= 4 && stop.abort(),
    });
    expect(half).toMatchObject({ rotated: 4, total: 10, finished: false });
    for (const id of ids) expect(await secretOf(keys, id)).toBe(`secret of ${id}`);
    const seen: number[] = [];
    expect(await keys.rotateKeys(admin, { batch: 4, onProgress: (done) => seen.push(done) })).toMatchObject({
      rotated: 6,
      finished: true,
    });
    expect(seen).toEqual([8, 10]);
    for (const id of ids) expect(await secretOf(rotated([fresh]), id)).toBe(`secret of ${id}`);
  });

  it('that dies with its connection in the middle of a batch loses that batch alone', async () => {
    const ids = await webhooks(6);
    await sql(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM webhooks WHERE starts_with(secret_encrypted, 'v1.fresh.')) >= 3 THEN
          PERFORM pg_terminate_backend(pg_backend_pid());
          PERFORM pg_sleep(5);
        END IF;
        RETURN NEW;
      END $$`);
    await sql(`CREATE TRIGGER die BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION die()`);
    await expect(rotated().rotateKeys(admin, { batch: 2 })).rejects.toThrow(/terminat/i);
    await sql(`DROP TRIGGER die ON webhooks`);
    const [{ count }] = await sql(
      `SELECT count(*)::integer AS count FROM webhooks WHERE starts_with(secret_encrypted, 'v1.fresh.')`,
    );
    expect(count).toBe(2);
    expect(await rotated().rotateKeys(admin)).toMatchObject({ rotated: 4, finished: true });
    for (const id of ids) expect(await secretOf(rotated([fresh]), id)).toBe(`secret of ${id}`);
  });

  it('lists what it could not open, and does the rest', async () => {
    const [damaged = ''] = await webhooks(3);
    await sql(`UPDATE webhooks SET secret_encrypted = 'v1.old.broken' WHERE id = $1`, [damaged]);
    const report = await rotated().rotateKeys(admin, { batch: 1 });
    expect(report).toMatchObject({ rotated: 2, total: 3, finished: true });
    expect(report.failed).toEqual([
      { table: 'webhooks', row: damaged, problem: expect.stringContaining('damaged') },
    ]);
  });

  it('runs in one process at a time', async () => {
    await webhooks(6);
    const ends = await Promise.allSettled([
      rotated().rotateKeys(admin, { batch: 1 }),
      rotated().rotateKeys(admin, { batch: 1 }),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find((end) => end.status === 'rejected')).toMatchObject({
      reason: { code: 'rotation_running' },
    });
  });
});

describe('a log line', () => {
  it('has no key in it, at the top or one below', async () => {
    let out = '';
    const sink = new Writable({ write: (chunk: Buffer, _, done) => ((out += chunk.toString()), done()) });
    const { REDACTION } = await import('../core/logger.js');
    const log = pino({ redact: REDACTION }, sink);
    log.info({ apiKey: KEY, credentials: { apiKey: KEY }, config: { secretKeys: KEY } }, 'calling');
    expect(out).toContain('calling');
    expect(out).not.toContain(KEY);
  });
});
