import type { EntityManager } from 'typeorm';

/** A name in `metrics`, with its labels. */
export interface KnownMetric {
  name: string;
  labels: string[];
  lastAt: Date;
}

/** What was measured in one stretch of time. */
export interface MetricBucket {
  series: string | null;
  at: Date;
  count: number;
  sum: number;
  largest: number;
}

/** Reads the measurements. */
export class MetricSeriesRepository {
  constructor(private readonly db: EntityManager) {}

  /** Every name there is: one step in the index for each, however many measurements there are. */
  async names(): Promise<KnownMetric[]> {
    return this.db.query(
      `WITH RECURSIVE names AS (
         (SELECT metric_name AS name FROM metrics ORDER BY metric_name LIMIT 1)
         UNION ALL
         SELECT (SELECT m.metric_name FROM metrics m WHERE m.metric_name > n.name ORDER BY m.metric_name LIMIT 1)
           FROM names n WHERE n.name IS NOT NULL)
       SELECT n.name, l.recorded_at AS "lastAt",
              ARRAY(SELECT jsonb_object_keys(l.labels) ORDER BY 1) AS labels
         FROM names n
         CROSS JOIN LATERAL (SELECT m.labels, m.recorded_at FROM metrics m WHERE m.metric_name = n.name
                              ORDER BY m.recorded_at DESC LIMIT 1) l
        WHERE n.name IS NOT NULL ORDER BY n.name`,
    );
  }

  /**
   * What was measured since `from`, in stretches of `seconds`.
   * @param by a label; its eight largest values are series of their own, all others are left out
   */
  async series(name: string, from: Date, seconds: number, by: string | null): Promise<MetricBucket[]> {
    return this.db.query(
      `WITH found AS (
         SELECT date_bin(make_interval(secs => $3), recorded_at, 'epoch') AS at, labels->>$4::text AS series, metric_value
           FROM metrics WHERE metric_name = $1 AND recorded_at >= $2),
       largest AS (
         SELECT series FROM found GROUP BY series ORDER BY sum(metric_value) DESC, series LIMIT 8)
       SELECT series, at, count(*)::integer AS count, sum(metric_value)::float8 AS sum,
              max(metric_value)::float8 AS largest
         FROM found WHERE EXISTS (SELECT 1 FROM largest l WHERE l.series IS NOT DISTINCT FROM found.series)
        GROUP BY series, at ORDER BY at, series`,
      [name, from, seconds, by],
    );
  }
}
