import type { EntityManager } from 'typeorm';

export interface MetricPoint {
  name: string;
  value: number;
  labels?: Record<string, string | number | boolean>;
}

/** The rows of a JSON array of points, as a SELECT. @param points the parameter that holds it, such as `$1` */
export const metricRows = (points: string): string =>
  `SELECT p.name, p.value, coalesce(p.labels, '{}'::jsonb)
     FROM jsonb_to_recordset(${points}::jsonb) AS p(name text, value numeric, labels jsonb)`;

/** Numbers over time. */
export class MetricRepository {
  constructor(private readonly db: EntityManager) {}

  async record(points: readonly MetricPoint[]): Promise<void> {
    if (points.length === 0) return;
    await this.db.query(`INSERT INTO metrics (metric_name, metric_value, labels) ${metricRows('$1')}`, [
      JSON.stringify(points),
    ]);
  }

  /** Sessions per status, all users: for the Prometheus page and the operator. */
  async sessionsByStatus(): Promise<{ kind: string; status: string; count: number }[]> {
    return this.db.query(
      `SELECT kind, status, count(*)::integer AS count FROM sessions WHERE deleted_at IS NULL GROUP BY kind, status`,
    );
  }
}
