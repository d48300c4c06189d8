import { z } from 'zod';
import { UnavailableError } from '../../core/errors.js';
import type { HttpMetrics } from '../metrics.js';
import { noBody, none, publicRoute, route, type Route } from '../route.js';
import { DOCS_HEADERS, renderDocs } from '../docs-page.js';
import { openApiDocument } from '../openapi.js';

const tag = 'System';
const blank = { params: none, query: none, body: noBody };

/**
 * What machines and operators ask: health, metrics, the API's description.
 * @param all gives the whole route table, these routes included
 */
export function systemRoutes(metrics: HttpMetrics, all: () => readonly Route[]): readonly Route[] {
  return [
    publicRoute({
      ...blank,
      method: 'get',
      path: '/healthz',
      tag,
      summary: 'Whether the process is alive',
      answers: { 200: { description: 'It is.', schema: z.strictObject({ status: z.literal('ok') }) } },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    publicRoute({
      ...blank,
      method: 'get',
      path: '/readyz',
      tag,
      summary: 'Whether the database and the queue answer within a second',
      answers: {
        200: {
          description: 'Both do. Otherwise 503, with `checks` saying which does not.',
          schema: z.strictObject({
            status: z.literal('ready'),
            checks: z.strictObject({ database: z.string(), queue: z.string() }),
          }),
        },
      },
      async handle({ app }) {
        const found = await app.operations.readiness();
        const checks = { database: found.database.state, queue: found.queue.state };
        if (Object.values(checks).every((state) => state === 'ok'))
          return { status: 200, body: { status: 'ready', checks } };
        app.log.warn({ readiness: found }, 'not ready');
        const away = Object.entries(checks).filter(([, state]) => state !== 'ok');
        throw new UnavailableError(
          `Not ready: no answer from the ${away.map(([name]) => name).join(' and the ')}.`,
          {
            details: { checks },
          },
        );
      },
    }),
    route({
      ...blank,
      method: 'get',
      path: '/metrics',
      access: 'viewer',
      tag,
      summary: 'Metrics for Prometheus',
      description: 'Give the scraper a token of a user with the role "viewer".',
      answers: { 200: { description: 'Prometheus text format.', mediaType: 'text/plain' } },
      async handle({ app }) {
        const text = await metrics.render(app);
        return {
          status: 200,
          headers: { 'Content-Type': metrics.contentType },
          async send(res) {
            res.end(text);
          },
        };
      },
    }),
    publicRoute({
      ...blank,
      method: 'get',
      path: '/openapi.json',
      tag,
      summary: 'This API as an OpenAPI 3.1 document',
      answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
      handle: async () => ({ status: 200, body: openApiDocument(all()) }),
    }),
    publicRoute({
      ...blank,
      method: 'get',
      path: '/docs',
      tag,
      summary: 'This API as a page for people',
      answers: { 200: { description: 'A page without scripts.', mediaType: 'text/html' } },
      async handle() {
        const page = renderDocs(openApiDocument(all()));
        return {
          status: 200,
          headers: DOCS_HEADERS,
          async send(res) {
            res.end(page);
          },
        };
      },
    }),
  ];
}
