import { barChart } from './chart.js';
import { countRows, figureTables, rejectedTable } from './tables.js';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const STYLE = `
body { font: 16px/1.5 sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.6rem; border-bottom: 1px solid #d5d9e0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; }
`;

/** Makes text safe between tags and in quoted attributes. @param {string} text */
export function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/**
 * The report as one HTML document.
 * @param {import('./summary.js').Summary} summary
 * @param {import('./sales.js').Rejected[]} rejected
 */
export function toHtml(summary, rejected) {
  const figures =
    summary.orders === 0
      ? ['<p>No valid sales.</p>']
      : figureTables(summary).map((table) =>
          toSection(table, table.title === 'Revenue per month' ? barChart(summary.months) : ''),
        );
  const left =
    rejected.length === 0 ? '<h2>Rows left out</h2>\n<p>None.</p>' : toSection(rejectedTable(rejected), '');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"/><title>Sales report</title>',
    `<style>${STYLE}</style></head>`,
    '<body>',
    '<h1>Sales report</h1>',
    `<p>${countRows(summary, rejected)}.</p>`,
    ...figures,
    left,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function toSection({ title, head, rows }, before) {
  const cells = (tag, texts) => texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('');
  return [
    `<h2>${title}</h2>`,
    ...(before === '' ? [] : [before]),
    '<table>',
    `<thead><tr>${cells('th', head)}</tr></thead>`,
    '<tbody>',
    ...rows.map((row) => `<tr>${cells('td', row)}</tr>`),
    '</tbody>',
    '</table>',
  ].join('\n');
}
