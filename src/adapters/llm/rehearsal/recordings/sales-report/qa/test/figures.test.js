import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../src/csv.js';
import { buildReport } from '../src/report.js';
import { median } from '../src/summary.js';

const HEADER = 'date,order_id,region,product,quantity,unit_price';

/** CSV from rows without order number; they are numbered from 1. */
function csv(...rows) {
  const lines = rows.map((row, index) => row.replace(',', `,${index + 1},`));
  return [HEADER, ...lines, ''].join('\n');
}

test('AC1.1 reads quotes, commas, line breaks, both line ends, a byte order mark and blank lines', () => {
  assert.deepEqual(parseCsv('\uFEFFa,"b,c"\r\n\r\n"say ""hi""","two\nlines"\n,\n"last",""'), [
    { line: 1, fields: ['a', 'b,c'] },
    { line: 3, fields: ['say "hi"', 'two\nlines'] },
    { line: 5, fields: ['', ''] },
    { line: 6, fields: ['last', ''] },
  ]);
  const { summary, rejected } = buildReport(
    '\uFEFFUnit_Price , note,product,region,order_id,date,quantity\r\n2.50,x,"Pen, blue",North,1,2026-01-31,3\r\n',
  );
  assert.deepEqual(rejected, []);
  assert.deepEqual(summary.products, [{ product: 'Pen, blue', units: 3, revenue: 750 }]);
});

test('AC2.1 leaves out rows with a wrong field and keeps the rest', () => {
  const wrong = [
    ['2026-02-30,North,Pen,1,1.00', /date "2026-02-30"/],
    ['1.2.2026,North,Pen,1,1.00', /date/],
    ['2026-02-01,  ,Pen,1,1.00', /region is empty/],
    ['2026-02-01,North,,1,1.00', /product is empty/],
    ['2026-02-01,North,Pen,0,1.00', /quantity "0"/],
    ['2026-02-01,North,Pen,1.5,1.00', /quantity "1.5"/],
    ['2026-02-01,North,Pen,10001,1.00', /quantity/],
    ['2026-02-01,North,Pen,1,-1.00', /unit_price "-1.00"/],
    ['2026-02-01,North,Pen,1,1.005', /unit_price/],
    ['2026-02-01,North,Pen,1,100000.01', /unit_price/],
    ['2026-02-01,North,Pen,1', /5 fields instead of 6/],
    ['2026-02-01,North,Pen,1,1.00,extra', /7 fields instead of 6/],
  ];
  const { summary, rejected } = buildReport(
    csv('2026-02-01,North,Pen,10000,0', ...wrong.map(([row]) => row), '2026-02-28,North,Pen,1,100000'),
  );
  assert.equal(summary.orders, 2);
  assert.equal(summary.revenue, 10_000_000);
  assert.equal(rejected.length, wrong.length);
  wrong.forEach(([row, reason], index) => {
    assert.match(rejected[index].reason, reason, row);
    assert.equal(rejected[index].line, index + 3);
  });
  const unnumbered = buildReport(`${HEADER}\n2026-02-01,,North,Pen,1,1.00\n`);
  assert.match(unnumbered.rejected[0].reason, /order_id is empty/);
});

test('AC2.2 counts the first valid row of an order number', () => {
  const { summary, rejected } = buildReport(
    [
      HEADER,
      '2026-01-01,A1,North,Pen,0,1.00',
      '2026-01-01,A1,North,Pen,2,1.00',
      '2026-01-02,A1,South,Ink,5,9.00',
    ].join('\n'),
  );
  assert.equal(summary.revenue, 200);
  assert.deepEqual(
    rejected.map((row) => row.line),
    [2, 4],
  );
  assert.match(rejected[1].reason, /"A1" was used on line 3/);
});

test('AC3.1 adds up amounts to the cent', () => {
  const rows = Array.from({ length: 30 }, () => '2026-01-01,North,Pen,1,0.1');
  const { summary, markdown } = buildReport(
    csv(...rows, '2026-01-01,North,Pen,3,1.15', '2026-01-01,North,Pen,1,0.29'),
  );
  assert.equal(summary.revenue, 300 + 345 + 29);
  assert.ok(markdown.includes('| Revenue | 6.74 |'));
  assert.ok(
    buildReport(csv('2026-01-01,North,Car,25,98765.40')).markdown.includes('| Revenue | 2,469,135.00 |'),
  );
});

test('AC3.2 lists every month from the first sale to the last', () => {
  const { summary } = buildReport(
    csv('2026-02-28,North,Pen,1,3.00', '2025-11-01,North,Pen,1,1.00', '2025-11-30,South,Pen,1,2.00'),
  );
  assert.deepEqual(summary.months, [
    { month: '2025-11', orders: 2, revenue: 300 },
    { month: '2025-12', orders: 0, revenue: 0 },
    { month: '2026-01', orders: 0, revenue: 0 },
    { month: '2026-02', orders: 1, revenue: 300 },
  ]);
});

test('AC3.3 lists regions by revenue with shares and months', () => {
  const { summary, markdown } = buildReport(
    csv(
      '2026-01-05,West,Pen,1,10.00',
      '2026-01-06,East,Pen,1,10.00',
      '2026-02-07,North,Pen,4,10.00',
      '2026-01-08,North,Pen,2,10.00',
    ),
  );
  assert.deepEqual(
    summary.regions.map(({ region, revenue, share, byMonth }) => ({ region, revenue, share, byMonth })),
    [
      { region: 'North', revenue: 6000, share: 75, byMonth: [2000, 4000] },
      { region: 'East', revenue: 1000, share: 12.5, byMonth: [1000, 0] },
      { region: 'West', revenue: 1000, share: 12.5, byMonth: [1000, 0] },
    ],
  );
  assert.ok(
    markdown.includes(
      '| Month | North | East | West |\n| --- | ---: | ---: | ---: |\n| 2026-01 | 20.00 | 10.00 | 10.00 |',
    ),
  );
  const free = buildReport(csv('2026-01-05,West,Leaflet,1,0'));
  assert.equal(free.summary.regions[0].share, 0);
});

test('AC3.4 finds the median of orders of different magnitude, overall and per region', () => {
  const { summary } = buildReport(
    csv(
      '2026-01-01,North,Chair,1,900.00',
      '2026-01-02,North,Lamp,1,95.00',
      '2026-01-03,North,Pen,1,8.00',
      '2026-01-04,South,Desk,1,1000.00',
      '2026-01-05,South,Pen,3,7.00',
    ),
  );
  assert.equal(summary.median, 9500);
  assert.deepEqual(
    summary.regions.map(({ region, median }) => [region, median]),
    [
      ['South', 51050],
      ['North', 9500],
    ],
  );
});

test('AC3.4 takes the mean of the two middle values, rounded to the cent, and leaves its input alone', () => {
  const values = [40, 10, 31, 20];
  assert.equal(median(values), 26);
  assert.deepEqual(values, [40, 10, 31, 20]);
  assert.equal(median([17]), 17);
  assert.equal(median([]), null);
});

test('AC3.5 orders products by revenue, units and name, and shows as many as asked for', () => {
  const text = csv(
    '2026-01-01,North,Cup,2,10.00',
    '2026-01-01,North,Bowl,4,5.00',
    '2026-01-01,North,Plate,1,30.00',
    '2026-01-01,North,Ash tray,2,10.00',
    '2026-01-01,South,Cup,1,0',
    '2026-01-01,South,Ash tray,1,0',
    '2026-01-01,South,Spoon,1,1.00',
    '2026-01-01,South,Fork,1,2.00',
  );
  const names = (options) => buildReport(text, options).summary.products.map((row) => row.product);
  assert.deepEqual(names(), ['Plate', 'Bowl', 'Ash tray', 'Cup', 'Fork']);
  assert.deepEqual(names({ top: 2 }), ['Plate', 'Bowl']);
});
