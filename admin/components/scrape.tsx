import React, { useEffect, useState } from 'react';
import { count, duration } from './format.js';
import { Card, ErrorNote, Loading } from './kit.js';

interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The samples of a page in Prometheus's text format. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', label = '']) => [
      key,
      label,
    ]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** The smallest bound of a histogram below which `share` of all its samples are, in seconds. */
function quantile(samples: readonly Sample[], share: number): number | null {
  const byBound = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== 'atelier_http_request_duration_seconds_bucket') continue;
    const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    byBound.set(bound, (byBound.get(bound) ?? 0) + value);
  }
  const total = byBound.get(Infinity) ?? 0;
  if (total === 0) return null;
  return [...byBound].toSorted(([a], [b]) => a - b).find(([, below]) => below >= total * share)?.[0] ?? null;
}

/** What the process that answers says of itself now, read from its page for Prometheus. */
export function Scrape(): React.JSX.Element {
  const [samples, setSamples] = useState<Sample[]>();
  const [error, setError] = useState<Error>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    fetch('/metrics', { credentials: 'same-origin', signal: abort.signal })
      .then(async (response) => {
        if (!response.ok) throw new Error(`The server's figures were refused (${response.status}).`);
        setSamples(samplesOf(await response.text()));
        setError(undefined);
      })
      .catch((problem: Error) => {
        if (!abort.signal.aborted) setError(problem);
      });
    return () => abort.abort();
  }, [round]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setRound((one) => one + 1);
    }, 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Card title="This process now">
      {error && <ErrorNote error={error} retry={() => setRound(round + 1)} />}
      {!samples && !error && <Loading what="Asking the server" />}
      {samples && <Figures samples={samples} />}
    </Card>
  );
}

function Figures({ samples }: { samples: readonly Sample[] }): React.JSX.Element {
  const one = (name: string): number | undefined => samples.find((sample) => sample.name === name)?.value;
  const sum = (name: string, match: (labels: Sample['labels']) => boolean = () => true): number =>
    samples
      .filter((sample) => sample.name === name && match(sample.labels))
      .reduce((all, { value }) => all + value, 0);
  const requests = 'atelier_http_request_duration_seconds_count';
  const started = one('process_start_time_seconds');
  const memory = one('process_resident_memory_bytes');
  const lag = one('nodejs_eventloop_lag_p99_seconds');
  const slow = quantile(samples, 0.95);
  const facts: readonly (readonly [string, string, string])[] = [
    [
      'Up for',
      started === undefined ? '–' : duration(Math.max(0, Date.now() / 1000 - started)),
      'since its start',
    ],
    ['Memory', memory === undefined ? '–' : `${Math.round(memory / 1_048_576)} MiB`, 'resident'],
    ['Event loop', lag === undefined ? '–' : `${(lag * 1000).toFixed(0)} ms`, 'late, at the 99th percentile'],
    [
      'Requests',
      count(sum(requests)),
      `${count(sum(requests, ({ status = '' }) => status.startsWith('5')))} failed (5xx)`,
    ],
    [
      'Answers within',
      slow === null ? '–' : slow === Infinity ? 'over 10 s' : duration(slow),
      'for 95 of 100 requests',
    ],
    [
      'Sessions running',
      count(sum('atelier_sessions', ({ status }) => status === 'running')),
      `${count(sum('atelier_sessions'))} in all`,
    ],
  ];
  return (
    <div className="at-tiles at-flat">
      {facts.map(([label, value, note]) => (
        <div key={label} className="at-tile">
          <div className="at-tile-label">{label}</div>
          <div className="at-tile-value">{value}</div>
          <div className="at-tile-note">{note}</div>
        </div>
      ))}
    </div>
  );
}
