import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIT_CSV_HEAD, auditCsvLine, type AuditView } from '../http/presenters/audit.js';
import type { Page } from '../http/presenters/page.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import type { ChainProgress, ChainResult } from './audit.js';

/** Rows beyond what one stretch of a search looks at. */
const MANY = 120_000;

describe('the audit log', () => {
  let api: TestApi;
  let admin: TestUser;
  beforeAll(async () => {
    api = await startTestApi();
    admin = await api.user('admin');
    await api.app.dataSource.query(
      `INSERT INTO audit_log (event_type, user_id, session_id, user_action, details)
       SELECT CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'common' END, $1, 'session-' || n % 10, 'made',
              jsonb_build_object('n', n, 'note', CASE WHEN n = 200 THEN 'a needle' ELSE 'hay' END)
         FROM generate_series(1, 2000) n`,
      [admin.userId],
    );
  });
  afterAll(async () => api.close());

  const page = async (query: string): Promise<Page<AuditView>> =>
    (await api.call('GET', `/api/v1/audit?${query}`, { token: admin.token })).json as Page<AuditView>;
  /** All rows of a filter, page by page. */
  const all = async (query: string): Promise<AuditView[]> => {
    const rows: AuditView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor } = await page(`${query}&limit=200${cursor && `&cursor=${cursor}`}`);
      rows.push(...items);
      cursor = nextCursor;
    }
    return rows;
  };
  const check = async (): Promise<{ steps: ChainProgress[]; result: ChainResult }> => {
    const steps: ChainProgress[] = [];
    const run = api.app.audit.verify(admin);
    for (;;) {
      const { done, value } = await run.next();
      if (done === true) return { steps, result: value };
      steps.push(value);
    }
  };

  it('gives every row once, newest first, whatever the size of a page', async () => {
    const rows = await all('eventType=rare,common');
    expect(rows).toHaveLength(2000);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => b - a));
  });

  it('filters by event, person, session and time', async () => {
    expect(await all('eventType=rare')).toHaveLength(20);
    expect(await all('eventType=rare&session=session-0')).toHaveLength(20);
    expect(await all('session=session-3')).toHaveLength(200);
    const { email } = (await api.app.people.page(admin, { limit: 10 })).find(
      ({ id }) => id === admin.userId,
    ) ?? { email: '' };
    expect(await all(`eventType=rare&user=${email}`)).toHaveLength(20);
    expect(await all('user=nobody@example.org')).toEqual([]);
    const [newest] = (await page('limit=1')).items;
    expect(await all(`eventType=common&to=2020-01-01T00:00:00Z`)).toEqual([]);
    expect(await all(`from=${encodeURIComponent(newest?.at ?? '')}`)).not.toEqual([]);
    expect(await all('from=2999-01-01T00:00:00Z')).toEqual([]);
  });

  it('finds a text in the details, and takes signs of LIKE as they stand', async () => {
    expect((await all('q=needle')).map(({ details }) => details['n'])).toEqual([200]);
    expect(await all('q=%25')).toEqual([]);
  });

  it('names the field of a filter that is wrong', async () => {
    for (const [query, field] of [
      ['from=yesterday', 'from'],
      ['eventType=a%20b', 'eventType'],
      ['cursor=x', 'cursor'],
    ]) {
      const { status, json } = await api.call('GET', `/api/v1/audit?${query}`, { token: admin.token });
      expect([status, json]).toEqual([
        400,
        expect.objectContaining({ problems: [expect.objectContaining({ field })] }),
      ]);
    }
  });

  it('exports the same rows as CSV and as JSON lines, and writes down that it did', async () => {
    const get = async (format: string) =>
      (
        await fetch(`${api.url}/api/v1/audit/export?eventType=rare&format=${format}`, {
          headers: { authorization: `Bearer ${admin.token}` },
        })
      ).text();
    const csv = (await get('csv')).trim().split('\r\n');
    const jsonl = (await get('jsonl')).trim().split('\n');
    expect([csv.length, jsonl.length]).toEqual([21, 20]);
    expect(`${csv[0]}\r\n`).toBe(AUDIT_CSV_HEAD);
    expect(jsonl.map((line) => (JSON.parse(line) as AuditView).id)).toEqual(
      (await all('eventType=rare')).map(({ id }) => id),
    );
    expect(await all('eventType=audit_exported')).toHaveLength(2);
  });

  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx', '|x'])('makes "%s" a text in CSV', (value) => {
    const line = auditCsvLine({
      id: 1,
      eventType: value,
      sessionId: null,
      userId: null,
      userName: null,
      userEmail: null,
      userAction: 'a "quoted", word',
      details: {},
      ip: null,
      createdAt: new Date(0),
      prevHash: '',
      hash: '',
    });
    expect(line).toContain(`"'${value}"`);
    expect(line).toContain('"a ""quoted"", word"');
  });

  it('looks through a long log stretch by stretch, and checks it with progress', async () => {
    await api.app.dataSource.transaction(async (manager) => {
      // Chained by hand: the trigger would take the lock for each row.
      await manager.query(`SET LOCAL session_replication_role = replica`);
      await manager.query(
        `INSERT INTO audit_log (id, event_type, details, prev_hash, hash)
         SELECT (SELECT max(id) FROM audit_log) + n, 'bulk', '{}', '', '' FROM generate_series(1, $1::int) n`,
        [MANY],
      );
    });
    expect((await all('q=needle')).map(({ details }) => details['n'])).toEqual([200]);
    await api.app.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL session_replication_role = replica`);
      await manager.query(`DELETE FROM audit_log WHERE event_type = 'bulk'`);
      await manager.query(`DELETE FROM audit_log WHERE id > (SELECT min(id) + 2000 FROM audit_log)`);
    });
  });

  it('checks once at a time', async () => {
    const run = api.app.audit.verify(admin);
    await run.next();
    await expect(api.app.audit.verify(admin).next()).rejects.toMatchObject({ code: 'verification_running' });
    await run.return({ checked: 0, total: 0, head: null, firstBroken: null });
    expect((await check()).result.firstBroken).toBeNull();
  });

  it('finds the whole chain whole, then the first row that was changed, linked wrongly, or lost one before it', async () => {
    const { steps, result } = await check();
    expect(result.firstBroken).toBeNull();
    expect(result.checked).toBe(result.total);
    expect(steps.at(-1)).toEqual({ checked: result.total, total: result.total });
    const tamper = async (sql: string): Promise<void> =>
      api.app.dataSource.transaction(async (manager) => {
        await manager.query(`SET LOCAL session_replication_role = replica`);
        await manager.query(sql);
      });
    await tamper(`UPDATE audit_log SET user_action = 'unmade' WHERE id = 1500`);
    expect((await check()).result.firstBroken).toEqual({ id: 1500, why: 'changed' });
    await tamper(`UPDATE audit_log a SET prev_hash = repeat('1', 64) WHERE id = 1000;
                  UPDATE audit_log a SET hash = audit_row_hash(a) WHERE id = 1000`);
    expect((await check()).result.firstBroken).toEqual({ id: 1000, why: 'unlinked' });
    await tamper(`DELETE FROM audit_log WHERE id = 500`);
    expect((await check()).result.firstBroken).toEqual({ id: 501, why: 'missing' });
    await tamper(`DELETE FROM audit_log WHERE id = 1`);
    expect((await check()).result.firstBroken).toEqual({ id: 2, why: 'missing' });
  });
});
