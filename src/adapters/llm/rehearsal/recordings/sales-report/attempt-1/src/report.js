import { toHtml } from './html.js';
import { toMarkdown } from './markdown.js';
import { readSales } from './sales.js';
import { summarise } from './summary.js';

/**
 * From the text of a CSV file to both documents.
 * @param {string} csvText
 * @param {{ top?: number }} [options] how many products to show
 * @returns {{ summary: import('./summary.js').Summary, rejected: import('./sales.js').Rejected[], markdown: string, html: string }}
 * @throws {import('./csv.js').InputError} if the file as a whole cannot be used
 */
export function buildReport(csvText, { top = 5 } = {}) {
  const { sales, rejected } = readSales(csvText);
  const summary = summarise(sales, { top });
  return {
    summary,
    rejected,
    markdown: toMarkdown(summary, rejected),
    html: toHtml(summary, rejected),
  };
}
