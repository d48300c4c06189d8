import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { main } from '../src/main.js';
import { buildReport } from '../src/report.js';

const HEADER = 'date,order_id,region,product,quantity,unit_price';
const SALES = [
  HEADER,
  '2026-01-10,A1,North,Lamp,1,50.00',
  '2026-02-11,A2,South,Desk,1,80.00',
  '2026-04-12,A3,North,Lamp,1,20.00',
  '2026-04-13,A4,North,Lamp,none,20.00',
  '',
].join('\n');
const SAMPLE = fileURLToPath(new URL('../data/sales.csv', import.meta.url));

/** Runs the command in a folder with `in.csv`. */
async function command(t, text, ...argv) {
  const cwd = await mkdtemp(join(tmpdir(), 'sales-report-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'in.csv'), text);
  let out = '';
  let err = '';
  const code = await main(argv, { stdout: (s) => (out += s), stderr: (s) => (err += s), cwd });
  const written = (await readdir(cwd)).filter((name) => name !== 'in.csv');
  return { cwd, code, out, err, written };
}

/** Fails unless every tag is closed in order. */
function assertWellFormed(html) {
  const open = [];
  for (const [, close, name, selfClosing] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^<>]*?(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name);
    else if (selfClosing !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
}

test('AC1.2 names all missing columns and writes nothing', async (t) => {
  const { code, err, written } = await command(t, 'date,region,product,price\n', 'in.csv');
  assert.equal(code, 1);
  assert.match(err, /^sales-report: in\.csv: .*order_id, quantity, unit_price\n$/);
  assert.deepEqual(written, []);
  assert.equal((await command(t, '', 'in.csv')).code, 1);
});

test('AC1.3 names the line of malformed quotes', async (t) => {
  const open = await command(t, `${SALES}2026-01-01,A5,"North,Pen,1,1.00\n`, 'in.csv');
  assert.equal(open.code, 1);
  assert.match(open.err, /line 6: .*not closed/);
  assert.deepEqual(open.written, []);
  const after = await command(t, `${SALES}2026-01-01,A5,"North"x,Pen,1,1.00\n`, 'in.csv');
  assert.equal(after.code, 1);
  assert.match(after.err, /line 6: text follows/);
});

test('AC2.3 AC4.1 has a section for each group of figures and for the rows left out', () => {
  const { markdown } = buildReport(SALES);
  assert.deepEqual(markdown.match(/^#+ .*$/gm), [
    '# Sales report',
    '## Overview',
    '## Revenue per month',
    '## Revenue per region',
    '## Revenue per month and region',
    '## Top products',
    '## Rows left out',
  ]);
  assert.match(markdown, /^3 rows used, 1 left out\.$/m);
  assert.match(markdown, /^\| South \| 1 \| 80\.00 \| 53\.3 % \| 80\.00 \|$/m);
  assert.match(markdown, /^\| quantity "none" is not .* \| 5 \|$/m);
  assert.ok(buildReport(SALES.replace('none', '1')).markdown.endsWith('## Rows left out\n\nNone.\n'));
});

test('AC4.2 keeps markup in names from becoming markup', () => {
  const name = `<b>A|B</b> & "C" 'D' *E* \\`;
  const row = (id, region, product, quantity) =>
    `2026-01-01,${id},"${region.replaceAll('"', '""')}","${product.replaceAll('"', '""')}",${quantity},1.00`;
  const { markdown, html } = buildReport(
    [
      HEADER,
      row(1, name, 'two\nlines', 1),
      row(2, 'North', name, 1),
      row(3, 'North', 'x', name.replaceAll('"', '')),
    ].join('\n'),
  );
  assert.ok(!html.includes('<b>'));
  const escaped = '&lt;b&gt;A|B&lt;/b&gt; &amp; &quot;C&quot; &#39;D&#39; *E* \\';
  assert.equal(html.split(`>${escaped}<`).length - 1, 3, 'as region, as column and as product');
  assertWellFormed(html);
  assert.ok(markdown.includes(`| \\<b\\>A\\|B\\</b\\> \\& "C" 'D' \\*E\\* \\\\ | 1 | 1.00 |`));
  assert.ok(markdown.includes('| two lines | 1 | 1.00 |'));
  for (const line of markdown.split('\n')) assert.match(line, /^($|#|\|.*\|$|\d+ rows used)/);
});

test('AC4.3 AC4.4 makes one well-formed HTML file without scripts or links, the same each time', () => {
  const { html, markdown } = buildReport(SALES);
  assert.ok(html.startsWith('<!doctype html>\n<html lang="en">'));
  assertWellFormed(html);
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|\son\w+=|\b(src|href)=|url\(|@import/i);
  assert.deepEqual(html.match(/<h2>.*<\/h2>/g).length, 6);
  const again = buildReport(SALES);
  assert.equal(again.html, html);
  assert.equal(again.markdown, markdown);
});

test('AC5.1 AC5.2 draws a bar per month in proportion to revenue, with text for screen readers', () => {
  const { html } = buildReport(SALES);
  const svg = /<svg role="img"[^]*<\/svg>/.exec(html)[0];
  const bars = [...svg.matchAll(/<rect class="bar"[^>]* height="([\d.]+)"[^>]*><title>([^<]*)<\/title>/g)];
  assert.deepEqual(
    bars.map(([, , title]) => title),
    ['2026-01: 50.00', '2026-02: 80.00', '2026-03: 0.00', '2026-04: 20.00'],
  );
  const heights = bars.map(([, height]) => Number(height));
  assert.ok(heights[1] > 100, 'the highest bar fills most of the chart');
  assert.equal(heights[2], 0);
  assert.ok(Math.abs(heights[0] / heights[1] - 50 / 80) < 0.001);
  assert.ok(Math.abs(heights[3] / heights[1] - 20 / 80) < 0.001);
  assert.match(svg, /<title>Revenue per month<\/title>\s*<desc>[^<]*2026-02 with 80\.00[^<]*<\/desc>/);
  const free = buildReport(`${HEADER}\n2026-01-01,1,North,Leaflet,1,0\n`).html;
  assert.doesNotMatch(free, /NaN|Infinity/);
});

test('AC6.1 writes both documents into a new folder and says so', async (t) => {
  const { cwd, code, out, err } = await command(t, SALES, 'in.csv', '--out', 'new/folder', '--top', '1');
  assert.deepEqual(
    { code, out, err },
    { code: 0, out: '3 rows used, 1 left out\nnew/folder/report.md\nnew/folder/report.html\n', err: '' },
  );
  const expected = buildReport(SALES, { top: 1 });
  assert.equal(await readFile(join(cwd, 'new/folder/report.md'), 'utf8'), expected.markdown);
  assert.equal(await readFile(join(cwd, 'new/folder/report.html'), 'utf8'), expected.html);
  const sample = await command(t, '', SAMPLE);
  assert.equal(sample.out, '67 rows used, 5 left out\nout/report.md\nout/report.html\n');
});

test('AC6.2 refuses unreadable input with exit code 1 and wrong usage with exit code 2', async (t) => {
  const missing = await command(t, SALES, 'nowhere.csv');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^sales-report: nowhere\.csv: [^\n]+\n$/);
  assert.deepEqual(missing.written, []);
  for (const argv of [['--top', '0'], ['--top', 'many'], ['--top', '101'], ['--colour'], ['other.csv']]) {
    const { code, out, err, written } = await command(t, SALES, 'in.csv', ...argv);
    assert.equal(code, 2, `for ${argv.join(' ')}`);
    assert.equal(out, '');
    assert.match(err, /^sales-report: [^\n]+\n$/);
    assert.deepEqual(written, []);
  }
});

test('AC6.3 reports a file without valid rows as such', async (t) => {
  const { cwd, code, out } = await command(t, `${HEADER}\nx,1,North,Pen,1,1.00\n`, 'in.csv');
  assert.equal(code, 0);
  assert.match(out, /^0 rows used, 1 left out\n/);
  const markdown = await readFile(join(cwd, 'out/report.md'), 'utf8');
  assert.ok(markdown.includes('No valid sales.'));
  assert.ok(markdown.includes('## Rows left out'));
  assert.ok(!markdown.includes('## Top products'));
  const html = await readFile(join(cwd, 'out/report.html'), 'utf8');
  assert.ok(html.includes('<p>No valid sales.</p>'));
  assertWellFormed(html);
});
