import { formatCents } from './money.js';

const WIDTH = 720;
const HEIGHT = 280;
const LEFT = 90;
const TOP = 12;
const PLOT_WIDTH = WIDTH - LEFT - 12;
const PLOT_HEIGHT = HEIGHT - TOP - 32;
const MAX_LABELS = 12;

/**
 * A bar chart of revenue per month.
 * @param {{ month: string, revenue: number }[]} months revenue in cents, at least one month
 * @returns {string} an `svg` element
 */
export function barChart(months) {
  const step = niceStep(Math.max(...months.map(({ revenue }) => revenue)) / 4);
  const ticks = [0, 1, 2, 3, 4].map((n) => n * step);
  const y = (cents) => TOP + PLOT_HEIGHT * (1 - cents / ticks.at(-1));

  const grid = ticks.map(
    (cents) =>
      `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${round(y(cents))}" y2="${round(y(cents))}" stroke="#d5d9e0"/>` +
      `<text x="${LEFT - 8}" y="${round(y(cents) + 4)}" text-anchor="end">${formatCents(cents)}</text>`,
  );

  const slot = PLOT_WIDTH / months.length;
  // With many months, labels would run into each other.
  const labelEvery = Math.ceil(months.length / MAX_LABELS);
  const bars = months.map(({ month, revenue }, index) => {
    const x = LEFT + slot * index;
    const bar =
      `<rect class="bar" x="${round(x + slot * 0.15)}" y="${round(y(revenue))}" width="${round(slot * 0.7)}" ` +
      `height="${round(PLOT_HEIGHT + TOP - y(revenue))}" fill="#2f6f9f">` +
      `<title>${month}: ${formatCents(revenue)}</title></rect>`;
    if (index % labelEvery !== 0) return bar;
    return `${bar}<text x="${round(x + slot / 2)}" y="${HEIGHT - 12}" text-anchor="middle">${month}</text>`;
  });

  const best = months.reduce((a, b) => (b.revenue > a.revenue ? b : a));
  return [
    `<svg role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" xmlns="http://www.w3.org/2000/svg" font-size="11" font-family="sans-serif">`,
    '<title>Revenue per month</title>',
    `<desc>${months.length} bars from ${months[0].month} to ${months.at(-1).month}. ` +
      `The highest is ${best.month} with ${formatCents(best.revenue)}.</desc>`,
    ...grid,
    ...bars,
    '</svg>',
  ].join('\n');
}

/** The next round number of cents at or above a fourth of the axis: 1, 2, 2.5 or 5 times a power of ten. */
function niceStep(cents) {
  // At least one unit of currency, which also keeps an axis of zeros from dividing by zero.
  const wanted = Math.max(cents, 100);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= wanted);
}

function round(value) {
  return value.toFixed(2);
}
