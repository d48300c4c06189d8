import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../app.js';
import { messageOf } from '../core/errors.js';

/** The metrics of one server, in a registry of its own. Numbers of the database are read when they are asked for. */
export class HttpMetrics {
  private readonly registry = new Registry();
  private readonly sessions = new Gauge({
    name: 'atelier_sessions',
    help: 'Sessions that are not deleted, by kind and status.',
    labelNames: ['kind', 'status'],
    registers: [this.registry],
  });
  private readonly jobs = new Gauge({
    name: 'atelier_queue_jobs',
    help: 'Wake-ups in the queue, by state.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  private readonly up = new Gauge({
    name: 'atelier_up',
    help: 'Whether a part answered this scrape: 1 or 0.',
    labelNames: ['part'],
    registers: [this.registry],
  });
  private readonly requests = new Histogram({
    name: 'atelier_http_request_duration_seconds',
    help: 'Time to answer requests. Event streams are counted when they end, as 0.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Counts an answered request. `route` is the path with its `:name`s, so that ids make no new series. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void {
    const { seconds, ...labels } = request;
    this.requests.observe({ ...labels, status: String(labels.status) }, seconds);
  }

  /** All metrics as Prometheus reads them. What is away is missing, and 0 in `atelier_up`. */
  async render(app: App): Promise<string> {
    await Promise.all([
      this.collect(app, 'database', async () => {
        const counts = await app.operations.sessionCounts();
        this.sessions.reset();
        for (const { kind, status, count } of counts) this.sessions.set({ kind, status }, count);
      }),
      this.collect(app, 'queue', async () => {
        for (const [state, count] of Object.entries(await app.operations.queueCounts()))
          this.jobs.set({ state }, Number(count));
      }),
    ]);
    return this.registry.metrics();
  }

  private async collect(app: App, part: 'database' | 'queue', read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this.up.set({ part }, 1);
    } catch (error) {
      (part === 'database' ? this.sessions : this.jobs).reset();
      this.up.set({ part }, 0);
      app.log.warn({ part, error: messageOf(error) }, 'no numbers for this scrape');
    }
  }
}
