/**
 * @typedef {import('./sales.js').Sale} Sale
 * @typedef {object} Summary all amounts in cents
 * @property {number} orders
 * @property {number} units
 * @property {number} revenue
 * @property {number | null} median
 * @property {{ month: string, orders: number, revenue: number }[]} months
 * @property {{ region: string, orders: number, revenue: number, share: number, median: number, byMonth: number[] }[]} regions
 * @property {{ product: string, units: number, revenue: number }[]} products
 */

/**
 * Calculates all figures of the report.
 * @param {Sale[]} sales
 * @param {{ top: number }} options how many products to keep
 * @returns {Summary}
 */
export function summarise(sales, { top }) {
  const months = monthsOf(sales);
  const revenue = revenueOf(sales);
  const salesByMonth = groupBy(sales, monthOf);

  const regions = [...groupBy(sales, (sale) => sale.region)].map(([region, own]) => {
    const ownByMonth = groupBy(own, monthOf);
    return {
      region,
      orders: own.length,
      revenue: revenueOf(own),
      // Goods can be given away: with a revenue of 0 there is nothing to have a share of.
      share: revenue === 0 ? 0 : (revenueOf(own) / revenue) * 100,
      median: median(own.map((sale) => sale.value)),
      byMonth: months.map((month) => revenueOf(ownByMonth.get(month) ?? [])),
    };
  });

  const products = [...groupBy(sales, (sale) => sale.product)].map(([product, own]) => ({
    product,
    units: unitsOf(own),
    revenue: revenueOf(own),
  }));

  return {
    orders: sales.length,
    units: unitsOf(sales),
    revenue,
    median: median(sales.map((sale) => sale.value)),
    months: months.map((month) => {
      const own = salesByMonth.get(month) ?? [];
      return { month, orders: own.length, revenue: revenueOf(own) };
    }),
    regions: regions.sort((a, b) => b.revenue - a.revenue || compareText(a.region, b.region)),
    products: products
      .sort((a, b) => b.revenue - a.revenue || b.units - a.units || compareText(a.product, b.product))
      .slice(0, top),
  };
}

/**
 * The middle value, or the rounded mean of the two middle values.
 * @param {number[]} values in any order; not changed
 * @returns {number | null} null without values
 */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = values.toSorted();
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  return Math.round((sorted[middle - 1] + sorted[middle]) / 2);
}

/** Every month from the first sale to the last: a gap in the chart would hide a bad month. */
function monthsOf(sales) {
  const days = sales.map((sale) => sale.date).sort();
  if (days.length === 0) return [];
  const last = days.at(-1).slice(0, 7);
  const months = [];
  for (let month = days[0].slice(0, 7); month <= last; month = nextMonth(month)) months.push(month);
  return months;
}

function nextMonth(month) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

function monthOf(sale) {
  return sale.date.slice(0, 7);
}

function revenueOf(sales) {
  return sales.reduce((sum, sale) => sum + sale.value, 0);
}

function unitsOf(sales) {
  return sales.reduce((sum, sale) => sum + sale.quantity, 0);
}

function groupBy(sales, keyOf) {
  const groups = new Map();
  for (const sale of sales) {
    const key = keyOf(sale);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(sale);
  }
  return groups;
}

// Not localeCompare: the same file must give the same report on every machine.
function compareText(a, b) {
  return a < b ? -1 : Number(a > b);
}
