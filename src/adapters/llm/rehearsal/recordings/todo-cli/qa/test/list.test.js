import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../src/cli.js';

const TODAY = '2026-03-11';
const BIN = fileURLToPath(new URL('../src/bin.js', import.meta.url));

async function tempFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'todo-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command in a folder. */
async function todoIn(cwd, argv, env = {}) {
  let out = '';
  let err = '';
  const io = { stdout: (text) => (out += text), stderr: (text) => (err += text), env, cwd, today: TODAY };
  return { code: await run(argv, io), out, err };
}

/** A list with items of every sort; returns a function that gives the titles a filter leaves. */
async function setUp(t) {
  const cwd = await tempFolder(t);
  const add = (title, ...options) => todoIn(cwd, ['add', title, ...options]);
  await add('someday', '--priority', 'high');
  await add('next week', '--due', '2026-03-18');
  await add('in six days', '--due', '2026-03-17', '--tag', 'Work');
  await add('today low', '--due', 'today', '--priority', 'low', '--tag', 'home');
  await add('today medium', '--due', 'today');
  await add('today high', '--due', 'today', '--priority', 'high', '--tag', 'work', '--tag', 'home');
  await add('today medium, later', '--due', 'today');
  await add('yesterday', '--due', '2026-03-10');
  await add('finished', '--due', '2026-03-01', '--tag', 'work');
  await todoIn(cwd, ['done', '9']);
  const list = (...argv) => todoIn(cwd, ['list', ...argv]);
  const titles = async (...argv) => JSON.parse((await list('--json', ...argv)).out).map((item) => item.title);
  return { cwd, list, titles };
}

test('AC3.2 orders by due date, then priority, then number, with undated items last', async (t) => {
  const { titles } = await setUp(t);
  assert.deepEqual(await titles(), [
    'yesterday',
    'today high',
    'today medium',
    'today medium, later',
    'today low',
    'in six days',
    'next week',
    'someday',
  ]);
});

test('AC4.1 shows open items unless asked for done or all', async (t) => {
  const { titles } = await setUp(t);
  assert.equal((await titles()).length, 8);
  assert.deepEqual(await titles('--done'), ['finished']);
  assert.equal((await titles('--all')).length, 9);
});

test('AC4.2 AC4.3 combines filters by priority, tag and due date', async (t) => {
  const { titles, list } = await setUp(t);
  assert.deepEqual(await titles('--priority', 'high'), ['today high', 'someday']);
  assert.deepEqual(await titles('--tag', 'WORK'), ['today high', 'in six days']);
  assert.deepEqual(await titles('--tag', 'work', '--tag', '#home'), ['today high']);
  assert.deepEqual(await titles('--tag', 'home', '--priority', 'low'), ['today low']);
  assert.deepEqual(await titles('--due', 'overdue'), ['yesterday']);
  assert.equal((await titles('--due', 'today')).length, 4);
  assert.deepEqual((await titles('--due', 'week')).slice(-2), ['today low', 'in six days']);
  assert.equal((await list('--due', 'someday')).code, 2);
  assert.equal((await list('--all', '--done')).code, 2);
});

test('AC2.4 AC5.1 prints one line per item and marks overdue ones', async (t) => {
  const { list } = await setUp(t);
  const { out } = await list('--all', '--tag', 'work');
  assert.equal(
    out,
    [
      '  9 [x] medium 2026-03-01  finished #work',
      '  6 [ ] high   2026-03-11  today high #work #home',
      '  3 [ ] medium 2026-03-17  in six days #work',
      '',
    ].join('\n'),
  );
  assert.equal((await list('--due', 'overdue')).out, '  8 [ ] medium 2026-03-10  yesterday (overdue)\n');
  assert.equal((await list('--priority', 'high')).out.split('\n')[1], '  1 [ ] high   -           someday');
  assert.equal((await list('--tag', 'nothing')).out, 'No items.\n');
});

test('AC5.2 prints the same items as JSON', async (t) => {
  const { list } = await setUp(t);
  const { code, out } = await list('--due', 'overdue', '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), [
    { id: 8, title: 'yesterday', done: false, priority: 'medium', due: '2026-03-10', tags: [] },
  ]);
  assert.deepEqual(JSON.parse((await list('--tag', 'nothing', '--json')).out), []);
});

test('AC5.3 AC6.1 works as a process with exit codes, separate streams and the three ways to name the file', async (t) => {
  const cwd = await tempFolder(t);
  const bin = (argv, env) =>
    new Promise((resolve) => {
      const options = { cwd, env: { PATH: process.env.PATH, ...env } };
      execFile(process.execPath, [BIN, ...argv], options, (error, out, err) =>
        resolve({ code: error?.code ?? 0, out, err }),
      );
    });
  const [added, missing, wrong] = await Promise.all([
    bin(['add', 'from the shell', '--due', 'today'], { TODO_FILE: 'env.json' }),
    bin(['done', '1'], {}),
    bin(['add'], {}),
  ]);
  assert.deepEqual(added, { code: 0, out: 'Added 1: from the shell\n', err: '' });
  assert.deepEqual(missing, { code: 1, out: '', err: 'todo: there is no item 1\n' });
  assert.equal(wrong.code, 2);
  assert.deepEqual(await readdir(cwd), ['env.json']);
  await todoIn(cwd, ['add', 'x', '--file', 'deep/option.json'], { TODO_FILE: 'env.json' });
  await todoIn(cwd, ['add', 'x']);
  assert.deepEqual((await readdir(cwd)).sort(), ['deep', 'env.json', 'todo.json']);
});

test('AC5.4 prints help and names unknown commands and options', async (t) => {
  const cwd = await tempFolder(t);
  for (const argv of [[], ['--help'], ['add', '--help']]) {
    const { code, out } = await todoIn(cwd, argv);
    assert.equal(code, 0);
    for (const name of ['add', 'list', 'done', 'reopen', 'edit', 'remove'])
      assert.ok(out.includes(`  ${name} `));
  }
  for (const [argv, name] of [
    [['finish', '1'], 'finish'],
    [['constructor'], 'constructor'],
    [['list', '--colour'], '--colour'],
    [['add', 'x', '--due'], '--due'],
  ]) {
    const { code, err } = await todoIn(cwd, argv);
    assert.equal(code, 2, `for ${argv.join(' ')}`);
    assert.match(err, /^todo: [^\n]+\n$/);
    assert.ok(err.includes(name));
  }
  assert.deepEqual(await readdir(cwd), []);
});

test('AC6.2 reports a damaged file by name and leaves it as it was', async (t) => {
  const cwd = await tempFolder(t);
  const path = join(cwd, 'todo.json');
  const item = { id: 1, title: 'x', done: false, priority: 'low', due: null, tags: [] };
  const damaged = [
    '{"version":1,"nextId":2,"items":[{"id":1',
    '{\n"version": 1,\n\u001b[31m}',
    '[]',
    JSON.stringify({ version: 2, nextId: 1, items: [] }),
    JSON.stringify({ version: 1, nextId: 1, items: [item] }),
    JSON.stringify({ version: 1, nextId: 3, items: [item, item] }),
    JSON.stringify({ version: 1, nextId: 2, items: [{ ...item, title: 'bell \u0007' }] }),
    JSON.stringify({ version: 1, nextId: 2, items: [{ ...item, due: 'soon' }] }),
  ];
  for (const text of damaged) {
    await writeFile(path, text);
    const { code, out, err } = await todoIn(cwd, ['add', 'new']);
    assert.equal(code, 1, `for ${text}`);
    assert.equal(out, '');
    assert.match(err, /^todo: \P{Cc}+\n$/u);
    assert.ok(err.includes(path));
    assert.equal(await readFile(path, 'utf8'), text);
  }
});
