import { formatCents } from './money.js';

/**
 * The tables of the report, once for both documents, so that they cannot disagree.
 * @param {import('./summary.js').Summary} summary
 * @returns {{ title: string, head: string[], rows: string[][] }[]} plain text; the first column is a
 *   name, the others are numbers
 */
export function figureTables({ orders, units, revenue, median, months, regions, products }) {
  return [
    {
      title: 'Overview',
      head: ['Figure', 'Value'],
      rows: [
        ['Orders', String(orders)],
        ['Units', String(units)],
        ['Revenue', formatCents(revenue)],
        ['Median order value', formatCents(median)],
      ],
    },
    {
      title: 'Revenue per month',
      head: ['Month', 'Orders', 'Revenue'],
      rows: months.map((row) => [row.month, String(row.orders), formatCents(row.revenue)]),
    },
    {
      title: 'Revenue per region',
      head: ['Region', 'Orders', 'Revenue', 'Share', 'Median order value'],
      rows: regions.map((row) => [
        row.region,
        String(row.orders),
        formatCents(row.revenue),
        `${row.share.toFixed(1)} %`,
        formatCents(row.median),
      ]),
    },
    {
      title: 'Revenue per month and region',
      head: ['Month', ...regions.map((row) => row.region)],
      rows: months.map(({ month }, index) => [
        month,
        ...regions.map((row) => formatCents(row.byMonth[index])),
      ]),
    },
    {
      title: 'Top products',
      head: ['Product', 'Units', 'Revenue'],
      rows: products.map((row) => [row.product, String(row.units), formatCents(row.revenue)]),
    },
  ];
}

/** The rows that were left out, in the form of `figureTables`. */
export function rejectedTable(rejected) {
  return {
    title: 'Rows left out',
    head: ['Reason', 'Line'],
    rows: rejected.map(({ line, reason }) => [reason, String(line)]),
  };
}

/** How many rows were used and left out. */
export function countRows(summary, rejected) {
  return `${summary.orders} rows used, ${rejected.length} left out`;
}
