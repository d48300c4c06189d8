import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './src/cli.js';

async function list(t) {
  const cwd = await mkdtemp(join(tmpdir(), 'acceptance-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const todo = async (...argv) => {
    let out = '';
    const io = {
      stdout: (text) => (out += text),
      stderr: () => undefined,
      env: {},
      cwd,
      today: '2026-02-26',
    };
    return { code: await run(argv, io), out };
  };
  const items = async (...more) => JSON.parse((await todo('list', '--json', ...more)).out);
  return { todo, items };
}

test('numbers are given once, and kept after a removal', async (t) => {
  const { todo, items } = await list(t);
  assert.match((await todo('add', 'Water', 'the', 'plants')).out, /^Added 1: Water the plants\n$/);
  await todo('add', 'second');
  assert.equal((await todo('remove', '2')).code, 0);
  assert.match((await todo('add', 'third')).out, /^Added 3: /);
  assert.deepEqual(
    (await items('--all')).map(({ id }) => id),
    [1, 3],
  );
});

test('the list is ordered by due date, then priority, then number', async (t) => {
  const { todo, items } = await list(t);
  await todo('add', 'someday', '--priority', 'high');
  await todo('add', 'later', '--due', '+2w');
  await todo('add', 'low', '--due', 'tomorrow', '--priority', 'low');
  await todo('add', 'high', '--due', '2026-02-27', '--priority', 'high');
  await todo('add', 'low too', '--due', '+1d', '--priority', 'low');
  assert.deepEqual(
    (await items('--all')).map(({ title }) => title),
    ['high', 'low', 'low too', 'later', 'someday'],
  );
});

test('days are counted over the end of a month', async (t) => {
  const { todo, items } = await list(t);
  await todo('add', 'three days', '--due', '+3d');
  await todo('add', 'a fortnight', '--due', '+2w');
  assert.deepEqual(
    (await items('--all')).map(({ due }) => due),
    ['2026-03-01', '2026-03-12'],
  );
});

test('what is wrong is refused with 2 and changes nothing', async (t) => {
  const { todo, items } = await list(t);
  await todo('add', 'kept');
  for (const wrong of [
    ['add', '  '],
    ['add', 'x', '--due', '2026-02-29'],
    ['add', 'x', '--due', '2026-02-30'],
    ['add', 'x', '--priority', 'urgent'],
  ])
    assert.equal((await todo(...wrong)).code, 2, wrong.join(' '));
  assert.equal((await items('--all')).length, 1);
});

test('items are done together or not at all', async (t) => {
  const { todo, items } = await list(t);
  for (const title of ['one', 'two', 'three']) await todo('add', title);
  assert.equal((await todo('done', '1', '9')).code, 1);
  assert.equal((await items()).length, 3);
  assert.equal((await todo('done', '1', '3')).code, 0);
  assert.deepEqual(
    (await items()).map(({ title }) => title),
    ['two'],
  );
  assert.deepEqual(
    (await items('--all')).map(({ done }) => done),
    [true, false, true],
  );
});
