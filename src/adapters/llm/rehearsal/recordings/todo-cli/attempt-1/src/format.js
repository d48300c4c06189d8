import { isOverdue } from './todos.js';

/**
 * One line per item.
 * @param {import('./todos.js').Item[]} items
 * @param {string} today `YYYY-MM-DD`
 */
export function formatItems(items, today) {
  if (items.length === 0) return 'No items.\n';
  const width = Math.max(3, ...items.map((item) => String(item.id).length));
  return items.map((item) => `${formatItem(item, width, today)}\n`).join('');
}

function formatItem(item, width, today) {
  const columns = [
    String(item.id).padStart(width),
    item.done ? '[x]' : '[ ]',
    item.priority.padEnd(6),
    `${(item.due ?? '-').padEnd(10)} `,
    item.title,
    ...item.tags.map((tag) => `#${tag}`),
  ];
  if (isOverdue(item, today)) columns.push('(overdue)');
  return columns.join(' ');
}
