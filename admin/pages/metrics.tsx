import React, { useState } from 'react';
import type { MetricSeriesView, MetricView } from '../../src/http/presenters/observation.js';
import { useApi, type ListPage } from '../components/api.js';
import { Chart, type Series } from '../components/chart.js';
import { count } from '../components/format.js';
import { Card, Empty, Field, Page, Show } from '../components/kit.js';
import { Scrape } from '../components/scrape.js';

const SPANS = [
  [6, 'six hours'],
  [24, 'a day'],
  [168, 'a week'],
  [720, '30 days'],
  [2160, '90 days'],
] as const;

/** What is looked at first; others are one choice away. */
const FIRST: Readonly<Record<string, { by: string; about: string }>> = {
  model_tokens: { by: 'agent', about: 'Tokens of model calls' },
  model_cost_usd: { by: 'agent', about: 'US dollars of model calls' },
  session_ended: { by: 'status', about: 'Sessions that ended' },
  agent_tokens: { by: 'agent', about: 'Tokens of completed steps' },
};

/** What was measured over time, and what the server says of itself now. */
export default function Metrics(): React.JSX.Element {
  const metrics = useApi<ListPage<MetricView>>('/metrics');
  const [hours, setHours] = useState(24);
  return (
    <Page
      title="Metrics"
      lead="What was measured over time. For Prometheus, the same and more stands at /metrics."
      actions={
        <Field label="Of the last">
          <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {SPANS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </Field>
      }
    >
      <Scrape />
      <Show of={metrics} what="Loading the metrics">
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title="Nothing was measured yet">Measurements come with the first mission.</Empty>
            </Card>
          ) : (
            <div className="at-charts">
              {items.map((metric) => (
                <Metric key={metric.name} metric={metric} hours={hours} />
              ))}
            </div>
          )
        }
      </Show>
    </Page>
  );
}

function Metric({ metric, hours }: { metric: MetricView; hours: number }): React.JSX.Element {
  const first = FIRST[metric.name]?.by;
  const [by, setBy] = useState(first !== undefined && metric.labels.includes(first) ? first : '');
  const query = new URLSearchParams({ hours: String(hours), ...(by !== '' && { by }) });
  const series = useApi<MetricSeriesView>(`/metrics/${metric.name}?${query.toString()}`, 30_000);
  return (
    <Card
      title={
        <>
          {FIRST[metric.name]?.about ?? metric.name} <code className="at-soft">{metric.name}</code>
        </>
      }
      actions={
        metric.labels.length > 0 && (
          <select
            aria-label={`Split ${metric.name} by`}
            value={by}
            onChange={(event) => setBy(event.target.value)}
          >
            <option value="">all together</option>
            {metric.labels.map((label) => (
              <option key={label} value={label}>
                by {label}
              </option>
            ))}
          </select>
        )
      }
    >
      <Show of={series} what="Adding up">
        {(found) =>
          found.points.length === 0 ? (
            <Empty title="Nothing in this time">Look at a longer time.</Empty>
          ) : (
            <Chart
              title={`${metric.name}, sum per stretch of ${found.stretchSeconds / 60} minutes`}
              kind="lines"
              format={(value) =>
                value > 0 && value < 10 ? String(Number(value.toPrecision(2))) : count(value)
              }
              {...drawn(found, hours)}
            />
          )
        }
      </Show>
    </Card>
  );
}

/** The points on an even axis of time; where nothing was measured the sum is 0. */
function drawn(found: MetricSeriesView, hours: number): { labels: string[]; series: Series[] } {
  const step = found.stretchSeconds * 1000;
  const start = Date.parse(found.from);
  const slots = Math.max(1, Math.floor((Date.now() - start) / step) + 1);
  const names = [...new Set(found.points.map(({ series }) => series))].toSorted((a, b) =>
    (a ?? '').localeCompare(b ?? ''),
  );
  const format = new Intl.DateTimeFormat(
    'en-GB',
    hours <= 24
      ? { hour: '2-digit', minute: '2-digit' }
      : hours <= 168
        ? { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
        : { day: 'numeric', month: 'short' },
  );
  const labels = Array.from({ length: slots }, (_, index) => format.format(start + index * step));
  const series = names.map((name): Series => {
    const values = Array.from({ length: slots }, () => 0);
    for (const point of found.points)
      if (point.series === name) values[Math.round((Date.parse(point.at) - start) / step)] = point.sum;
    return { name: name ?? (names.length > 1 ? 'without' : 'sum'), values };
  });
  return { labels, series };
}
