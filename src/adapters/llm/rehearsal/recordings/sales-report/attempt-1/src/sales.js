import { InputError, parseCsv } from './csv.js';
import { parseCents } from './money.js';

const COLUMNS = ['date', 'order_id', 'region', 'product', 'quantity', 'unit_price'];
const MAX_QUANTITY = 10_000;
const MAX_PRICE_CENTS = 100_000 * 100;

/**
 * @typedef {{ date: string, region: string, product: string, quantity: number, value: number }} Sale
 *   `value` in cents
 * @typedef {{ line: number, reason: string }} Rejected
 */

/**
 * Reads and checks all rows.
 * @param {string} text CSV with a header
 * @returns {{ sales: Sale[], rejected: Rejected[] }}
 * @throws {InputError} if the CSV is malformed or a column is missing
 */
export function readSales(text) {
  const [header, ...records] = parseCsv(text);
  const names = (header?.fields ?? []).map((name) => name.trim().toLowerCase());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new InputError(`missing columns in the header: ${missing.join(', ')}`);

  const sales = [];
  const rejected = [];
  const lineOfOrder = new Map();
  for (const { line, fields } of records) {
    const row = Object.fromEntries(
      COLUMNS.map((column) => [column, (fields[names.indexOf(column)] ?? '').trim()]),
    );
    const reason =
      fields.length === names.length
        ? findFault(row, lineOfOrder)
        : `${fields.length} fields instead of ${names.length}`;
    if (reason !== null) {
      rejected.push({ line, reason });
      continue;
    }
    // Only valid rows are remembered: a faulty one must not shadow its own correction.
    lineOfOrder.set(row.order_id, line);
    const { date, region, product } = row;
    const quantity = Number(row.quantity);
    sales.push({ date, region, product, quantity, value: quantity * parseCents(row.unit_price) });
  }
  return { sales, rejected };
}

/** The first fault of a row, or null. */
function findFault(row, lineOfOrder) {
  if (!isDay(row.date)) return `date "${row.date}" is not a day written as YYYY-MM-DD`;
  for (const column of ['order_id', 'region', 'product']) {
    if (row[column] === '') return `${column} is empty`;
  }
  const quantity = /^\d+$/.test(row.quantity) ? Number(row.quantity) : 0;
  if (quantity < 1 || quantity > MAX_QUANTITY) {
    return `quantity "${row.quantity}" is not a whole number from 1 to ${MAX_QUANTITY}`;
  }
  const price = parseCents(row.unit_price);
  if (price === null || price > MAX_PRICE_CENTS) {
    return `unit_price "${row.unit_price}" is not an amount from 0 to ${MAX_PRICE_CENTS / 100}`;
  }
  const earlier = lineOfOrder.get(row.order_id);
  return earlier === undefined ? null : `order_id "${row.order_id}" was used on line ${earlier}`;
}

function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // 30 February is parsed as 2 March, so only the way back shows whether the day exists.
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}
