import { z } from 'zod';
import type { KnownMetric, MetricBucket } from '../../db/repositories/metric-series-repository.js';
import type { QueueState } from '../../services/observation.js';
import { iso, time } from './time.js';

/** A metric that there are measurements of. */
export const metricView = z
  .strictObject({ name: z.string(), labels: z.array(z.string()), lastAt: time })
  .meta({ id: 'MetricView' });
export type MetricView = z.infer<typeof metricView>;

/** A metric over time. */
export const metricSeriesView = z
  .strictObject({
    name: z.string(),
    from: time,
    stretchSeconds: z
      .number()
      .describe('How long each stretch of time is. Stretches without measurements are left out.'),
    points: z.array(
      z.strictObject({
        series: z.string().nullable().describe('The value of the label asked for.'),
        at: time,
        count: z.number().int(),
        sum: z.number(),
        largest: z.number(),
      }),
    ),
  })
  .meta({ id: 'MetricSeriesView' });
export type MetricSeriesView = z.infer<typeof metricSeriesView>;

/** The queue and the runs. */
export const queueView = z
  .strictObject({
    backend: z.string(),
    counts: z
      .strictObject({
        waiting: z.number().int(),
        active: z.number().int(),
        failed: z.number().int(),
        delayed: z.number().int(),
      })
      .nullable()
      .describe('null while the store of the queue is away, which `problem` explains.'),
    problem: z.string().nullable(),
    failures: z.array(
      z.strictObject({
        id: z.string(),
        sessionId: z.string().nullable(),
        problem: z.string(),
        failedAt: time.nullable(),
      }),
    ),
    wanted: z
      .strictObject({ count: z.number().int(), oldestAt: time.nullable() })
      .describe('Sessions that want a run and have none; 1000 stands for more, too.'),
    held: z.array(
      z.strictObject({
        sessionId: z.string(),
        title: z.string(),
        phase: z.string(),
        owner: z.string(),
        leaseUntil: time,
        attempts: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'QueueView' });
export type QueueView = z.infer<typeof queueView>;

/** A metric as the API shows it. */
export function presentMetric({ name, labels, lastAt }: KnownMetric): MetricView {
  return { name, labels, lastAt: iso(lastAt) };
}

/** A metric over time as the API shows it. */
export function presentSeries(
  name: string,
  found: { from: Date; seconds: number; buckets: readonly MetricBucket[] },
): MetricSeriesView {
  return {
    name,
    from: iso(found.from),
    stretchSeconds: found.seconds,
    points: found.buckets.map((bucket) => ({ ...bucket, at: iso(bucket.at) })),
  };
}

/** The queue as the API shows it. */
export function presentQueue(state: QueueState): QueueView {
  return {
    ...state,
    failures: state.failures.map((one) => ({ ...one, failedAt: iso(one.failedAt) })),
    wanted: { count: state.wanted.count, oldestAt: iso(state.wanted.oldestAt) },
    held: state.held.map((one) => ({ ...one, leaseUntil: iso(one.leaseUntil) })),
  };
}
