import React from 'react';
import type { EstimateView } from '../../src/http/presenters/estimate.js';

/** One row of a chart. */
export interface WhiskerRow {
  key: string | number;
  label: string;
  /** Drawn in the accent colour. */
  marked: boolean;
  estimate: EstimateView;
}

/** With fewer observations than this a figure is noise, and is not drawn. */
export const ENOUGH = 5;

/** Whether a figure has enough behind it to be shown. */
export function isEnough({ n, value }: EstimateView): boolean {
  return value !== null && n >= ENOUGH;
}

/** A figure with its interval in words: `83 % (61 % to 94 %)`. */
export function estimateWords({ value, low, high }: EstimateView, words: (value: number) => string): string {
  if (value === null) return '–';
  return low === null || high === null ? words(value) : `${words(value)} (${words(low)} to ${words(high)})`;
}

/**
 * One figure of several versions on one scale: a dot for the value, a whisker for its 95 % interval.
 * @param max the scale's end; the largest that is drawn unless told
 */
export function Whiskers({
  title,
  rows,
  words,
  max,
}: {
  title: string;
  rows: readonly WhiskerRow[];
  words: (value: number) => string;
  max?: number;
}): React.JSX.Element {
  const drawn = rows.filter(({ estimate }) => isEnough(estimate));
  const end =
    max ?? (Math.max(0, ...drawn.map(({ estimate }) => estimate.high ?? estimate.value ?? 0)) * 1.05 || 1);
  const at = (value: number): string => `${2 + Math.min(1, Math.max(0, value / end)) * 96}%`;
  return (
    <figure className="at-whiskers">
      <figcaption>{title}</figcaption>
      {rows.map(({ key, label, marked, estimate }) => (
        <div key={key} className={marked ? 'at-whisker at-whisker-marked' : 'at-whisker'}>
          <span className="at-whisker-label">{label}</span>
          {isEnough(estimate) ? (
            <>
              <svg
                height="18"
                width="100%"
                role="img"
                aria-label={`${title}, ${label}: ${estimateWords(estimate, words)}, n = ${estimate.n}`}
              >
                <line x1="2%" x2="98%" y1="9" y2="9" className="at-whisker-axis" />
                {estimate.low !== null && estimate.high !== null && (
                  <>
                    <line
                      x1={at(estimate.low)}
                      x2={at(estimate.high)}
                      y1="9"
                      y2="9"
                      className="at-whisker-range"
                    />
                    <line
                      x1={at(estimate.low)}
                      x2={at(estimate.low)}
                      y1="4"
                      y2="14"
                      className="at-whisker-range"
                    />
                    <line
                      x1={at(estimate.high)}
                      x2={at(estimate.high)}
                      y1="4"
                      y2="14"
                      className="at-whisker-range"
                    />
                  </>
                )}
                <circle cx={at(estimate.value ?? 0)} cy="9" r="4.5" />
              </svg>
              <span className="at-whisker-value">
                {words(estimate.value ?? 0)} <span className="at-soft">n = {estimate.n}</span>
              </span>
            </>
          ) : (
            <span className="at-soft at-whisker-none">not enough yet (n = {estimate.n})</span>
          )}
        </div>
      ))}
      {drawn.length > 0 && (
        <div className="at-whisker-scale at-soft" aria-hidden="true">
          <span>{words(0)}</span>
          <span>{words(end)}</span>
        </div>
      )}
    </figure>
  );
}
