import React, { useEffect, useRef, useState } from 'react';

/** One row of values, as many as the chart has labels. `null`: there is none, and the line breaks. */
export interface Series {
  name: string;
  values: readonly (number | null)[];
  /** What it means; others get a colour by their place. */
  tone?: 'good' | 'bad' | 'warn' | 'accent' | 'note';
}

const PAD = { top: 10, right: 8, bottom: 22, left: 46 };

/** Follows how wide an element is, so that texts in the drawing keep their size on every screen. */
function useWidth(): [React.RefObject<HTMLDivElement>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** The next round number from `value` on, whose half is round too. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

/**
 * Values over time as bars or lines. For those who do not see it, and on request, it is a table.
 * @param labels along the bottom; as many are written as there is room for
 * @param format of a value
 * @param whole the values are counts: the axis has whole numbers
 */
export function Chart({
  title,
  kind,
  labels,
  series,
  format = String,
  whole = false,
  height = 190,
  top,
}: {
  title: string;
  kind: 'bars' | 'lines';
  labels: readonly string[];
  series: readonly Series[];
  format?: (value: number) => string;
  whole?: boolean;
  height?: number;
  /** The highest value of the axis, where it is known. */
  top?: number;
}): React.JSX.Element {
  const [ref, width] = useWidth();
  const largest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const high = top ?? (whole ? Math.max(2, roundUp(largest)) : roundUp(largest));
  const inner = { width: Math.max(0, width - PAD.left - PAD.right), height: height - PAD.top - PAD.bottom };
  const slot = labels.length === 0 ? 0 : inner.width / labels.length;
  const x = (index: number): number => PAD.left + slot * (index + 0.5);
  const y = (value: number): number => PAD.top + inner.height * (1 - Math.min(value, high) / high);
  const every = Math.max(1, Math.ceil(58 / Math.max(1, slot)));
  const said = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : format(value);
  return (
    <figure className="at-chart">
      {series.length > 1 && (
        <ul className="at-legend" aria-hidden="true">
          {series.map((one, index) => (
            <li key={one.name}>
              <span className={`at-swatch ${toneOf(one, index)}`} /> {one.name}
            </li>
          ))}
        </ul>
      )}
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true" focusable="false">
            {[0, high / 2, high].map((value) => (
              <g key={value}>
                <line
                  className="at-grid-line"
                  x1={PAD.left}
                  x2={width - PAD.right}
                  y1={y(value)}
                  y2={y(value)}
                />
                <text className="at-axis" x={PAD.left - 6} y={y(value) + 4} textAnchor="end">
                  {format(value)}
                </text>
              </g>
            ))}
            {labels.map(
              (label, index) =>
                (labels.length - 1 - index) % every === 0 && (
                  <text
                    key={label}
                    className="at-axis"
                    x={Math.min(x(index), width - PAD.right - 18)}
                    y={height - 5}
                    textAnchor="middle"
                  >
                    {label}
                  </text>
                ),
            )}
            {kind === 'bars' ? (
              <Bars series={series} x={x} y={y} slot={slot} />
            ) : (
              <Lines series={series} x={x} y={y} />
            )}
            {labels.map((label, index) => (
              <rect
                key={label}
                className="at-hit"
                x={x(index) - slot / 2}
                y={PAD.top}
                width={slot}
                height={inner.height}
              >
                <title>
                  {`${label}\n${series.map((one) => `${one.name}: ${said(one.values[index])}`).join('\n')}`}
                </title>
              </rect>
            ))}
          </svg>
        )}
      </div>
      <details className="at-chart-table">
        <summary>As a table</summary>
        <div className="at-scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
          <table className="at-table">
            <caption className="at-sr">{title}</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                {series.map((one) => (
                  <th key={one.name} scope="col" className="at-num">
                    {one.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {labels.map((label, index) => (
                <tr key={label}>
                  <td>{label}</td>
                  {series.map((one) => (
                    <td key={one.name} className="at-num">
                      {said(one.values[index])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const toneOf = (series: Series, index: number): string =>
  series.tone === undefined ? `at-series-${index % 8}` : `at-series-${series.tone}`;

interface Drawn {
  series: readonly Series[];
  x: (index: number) => number;
  y: (value: number) => number;
}

function Bars({ series, x, y, slot }: Drawn & { slot: number }): React.JSX.Element {
  const group = Math.min(slot * 0.76, 22 * series.length);
  const bar = group / series.length;
  return (
    <>
      {series.map((one, place) =>
        one.values.map((value, index) =>
          value ? (
            <rect
              key={`${one.name} ${index}`}
              className={toneOf(one, place)}
              x={x(index) - group / 2 + bar * place + 0.5}
              y={Math.min(y(value), y(0) - 2)}
              width={Math.max(1, bar - 1)}
              height={Math.max(2, y(0) - y(value))}
              rx={Math.min(2, bar / 3)}
            />
          ) : null,
        ),
      )}
    </>
  );
}

function Lines({ series, x, y }: Drawn): React.JSX.Element {
  return (
    <>
      {series.map((one, place) => {
        const path = one.values
          .map((value, index) => {
            if (value === null) return '';
            const before = one.values[index - 1];
            return `${before === null || before === undefined ? 'M' : 'L'}${x(index)} ${y(value)}`;
          })
          .join('');
        return (
          <g key={one.name}>
            <path className={`at-line ${toneOf(one, place)}`} d={path} />
            {one.values.map(
              (value, index) =>
                value !== null && (
                  <circle
                    key={`${one.name} ${index}`}
                    className={toneOf(one, place)}
                    cx={x(index)}
                    cy={y(value)}
                    r={one.values.length > 40 ? 1.5 : 2.6}
                  />
                ),
            )}
          </g>
        );
      })}
    </>
  );
}

/** How much of a limit is used, as a bar with its words beside it. @param limit 0: there is none */
export function Meter({
  label,
  used,
  reserved = 0,
  limit,
  words,
}: {
  label: string;
  used: number;
  /** Held by what is under way. */
  reserved?: number;
  limit: number;
  words: string;
}): React.JSX.Element {
  const share = limit === 0 ? 0 : Math.min(1, used / limit);
  const held = limit === 0 ? 0 : Math.min(1 - share, reserved / limit);
  const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'accent';
  return (
    <div className="at-meter">
      <div className="at-meter-words">
        <strong>{label}</strong>
        <span>{words}</span>
      </div>
      {limit > 0 && (
        <div
          className="at-meter-bar"
          role="meter"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
          aria-valuetext={words}
        >
          <span className={`at-fill-${tone}`} style={{ width: `${share * 100}%` }} />
          {held > 0 && <span className="at-fill-held" style={{ width: `${held * 100}%` }} />}
        </div>
      )}
    </div>
  );
}
