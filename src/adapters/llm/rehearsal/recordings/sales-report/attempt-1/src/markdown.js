import { countRows, figureTables, rejectedTable } from './tables.js';

/**
 * The report as Markdown.
 * @param {import('./summary.js').Summary} summary
 * @param {import('./sales.js').Rejected[]} rejected
 */
export function toMarkdown(summary, rejected) {
  const figures = summary.orders === 0 ? ['No valid sales.'] : figureTables(summary).flatMap(toSection);
  const left = rejected.length === 0 ? ['## Rows left out', 'None.'] : toSection(rejectedTable(rejected));
  const blocks = ['# Sales report', `${countRows(summary, rejected)}.`, ...figures, ...left];
  return `${blocks.join('\n\n')}\n`;
}

function toSection({ title, head, rows }) {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows];
  const table = lines.map((cells, index) => {
    // The second line is the rule below the head; its dashes are meant as markup.
    const texts = index === 1 ? cells : cells.map(escapeMarkdown);
    return `| ${texts.join(' | ')} |`;
  });
  return [`## ${title}`, table.join('\n')];
}

function escapeMarkdown(text) {
  // A line break would end the table, so it becomes a blank.
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|&~]/g, '\\$&');
}
