import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../src/cli.js';

const WEDNESDAY = '2026-03-11';

/** A list in a folder of its own. `todo('add', …)` runs a command on it. */
async function setUp(t, today = WEDNESDAY) {
  const cwd = await mkdtemp(join(tmpdir(), 'todo-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const todo = async (...argv) => {
    let out = '';
    let err = '';
    const io = { stdout: (text) => (out += text), stderr: (text) => (err += text), env: {}, cwd, today };
    const code = await run(argv, io);
    return { code, out, err };
  };
  const items = async (...filters) => JSON.parse((await todo('list', '--all', '--json', ...filters)).out);
  const due = async (text) => {
    const { code } = await todo('add', 'Something', '--due', text);
    return code === 0 ? JSON.parse(await readFile(join(cwd, 'todo.json'), 'utf8')).items.at(-1).due : code;
  };
  return { cwd, todo, items, due };
}

test('AC1.1 adds items with numbers from 1', async (t) => {
  const { todo, items } = await setUp(t);
  const first = await todo('add', 'Pay', 'the', 'rent');
  assert.deepEqual(first, { code: 0, out: 'Added 1: Pay the rent\n', err: '' });
  await todo('add', '  Call   Ada ', '--tag', '#Phone', '--tag', 'phone', '--tag', 'work');
  assert.deepEqual(await items(), [
    { id: 1, done: false, title: 'Pay the rent', priority: 'medium', due: null, tags: [] },
    { id: 2, done: false, title: 'Call Ada', priority: 'medium', due: null, tags: ['phone', 'work'] },
  ]);
});

test('AC1.2 refuses titles that are empty, too long or contain control characters', async (t) => {
  const { todo, items } = await setUp(t);
  for (const title of ['', '   ', 'x'.repeat(201), 'two\nlines', 'red \u001b[31m']) {
    const { code, out, err } = await todo('add', title);
    assert.equal(code, 2, `for ${JSON.stringify(title.slice(0, 20))}`);
    assert.equal(out, '');
    assert.match(err, /^todo: .*title.*\n$/);
  }
  assert.equal((await todo('add', 'x'.repeat(200))).code, 0);
  assert.equal((await items()).length, 1);
});

test('AC1.3 does not give the number of a removed item to a later one', async (t) => {
  const { todo, items } = await setUp(t);
  await todo('add', 'one');
  await todo('add', 'two');
  assert.equal((await todo('remove', '2')).out, 'Removed: 2\n');
  assert.equal((await todo('add', 'three')).out, 'Added 3: three\n');
  assert.deepEqual(
    (await items()).map((item) => item.id),
    [1, 3],
  );
});

test('AC1.4 finishes and reopens several items, or none if a number is unknown', async (t) => {
  const { todo, items } = await setUp(t);
  for (const title of ['one', 'two', 'three']) await todo('add', title);
  const states = async () => (await items()).map((item) => item.done);
  assert.equal((await todo('done', '1', '3')).out, 'Done: 1, 3\n');
  assert.deepEqual(await states(), [true, false, true]);
  const unknown = await todo('reopen', '1', '9');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /9/);
  assert.deepEqual(await states(), [true, false, true]);
  assert.equal((await todo('reopen', '3')).out, 'Reopened: 3\n');
  assert.deepEqual(await states(), [true, false, false]);
  assert.equal((await todo('done', '1.5')).code, 2);
});

test('AC1.5 edits only the fields it is told to', async (t) => {
  const { todo, items } = await setUp(t);
  await todo('add', 'Draft', '--due', '2026-04-01', '--priority', 'low', '--tag', 'work');
  assert.equal((await todo('edit', '1', '--title', 'Final')).out, 'Changed 1: Final\n');
  await todo('edit', '1', '--priority', 'high');
  const item = { id: 1, title: 'Final', done: false, priority: 'high', due: '2026-04-01', tags: ['work'] };
  assert.deepEqual(await items(), [item]);
  await todo('edit', '1', '--due', 'none');
  assert.deepEqual(await items(), [{ ...item, due: null }]);
  assert.equal((await todo('edit', '1')).code, 2);
  assert.equal((await todo('edit', '2', '--title', 'x')).code, 1);
});

test('AC2.1 AC2.2 understands ISO dates, words, offsets and weekdays', async (t) => {
  const { due } = await setUp(t);
  const expected = {
    '2026-03-01': '2026-03-01',
    '2028-02-29': '2028-02-29',
    today: '2026-03-11',
    Tomorrow: '2026-03-12',
    '+3d': '2026-03-14',
    '+3w': '2026-04-01',
    thursday: '2026-03-12',
    TUE: '2026-03-17',
    wednesday: '2026-03-18',
  };
  for (const [text, day] of Object.entries(expected)) assert.equal(await due(text), day, `for ${text}`);
});

test('AC2.2 crosses the ends of months and years', async (t) => {
  const { due } = await setUp(t, '2027-12-31');
  assert.equal(await due('tomorrow'), '2028-01-01');
  assert.equal(await due('+60d'), '2028-02-29');
});

test('AC2.3 refuses a due date that is not in the calendar, when adding and when editing', async (t) => {
  const { todo, items } = await setUp(t);
  await todo('add', 'Kept', '--due', '2026-02-28');
  for (const text of ['2026-02-30', '2026-02-29', '2026-04-31', '2026-13-01', '2026-01-32', '0000-00-00']) {
    const added = await todo('add', 'Never', '--due', text);
    assert.equal(added.code, 2, `add --due ${text}`);
    assert.ok(added.err.includes(text));
    assert.equal((await todo('edit', '1', '--due', text)).code, 2, `edit --due ${text}`);
  }
  assert.deepEqual(
    (await items()).map((item) => [item.title, item.due]),
    [['Kept', '2026-02-28']],
  );
});

test('AC2.3 refuses due dates in other forms', async (t) => {
  const { due } = await setUp(t);
  for (const text of ['', 'soon', '1.3.2026', '2026-3-1', '+d', '-3d', 'mond', '2026-03-01T10:00']) {
    assert.equal(await due(text), 2, `for ${text}`);
  }
});

test('AC3.1 knows three priorities and refuses others', async (t) => {
  const { todo, items } = await setUp(t);
  await todo('add', 'plain');
  await todo('add', 'urgent', '--priority', 'high');
  const { code, err } = await todo('add', 'odd', '--priority', 'urgent');
  assert.equal(code, 2);
  assert.match(err, /urgent.*high, medium, low/);
  assert.deepEqual(
    (await items()).map((item) => [item.title, item.priority]),
    [
      ['urgent', 'high'],
      ['plain', 'medium'],
    ],
  );
});
