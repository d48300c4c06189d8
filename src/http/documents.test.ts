import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../testing/http-api.js';
import { HttpMetrics } from './metrics.js';
import { openApiDocument, type OpenApiDocument } from './openapi.js';
import { routeTable } from './routes/table.js';

const table = routeTable({ metrics: new HttpMetrics(), heartbeatMs: 15_000 });

describe('the description of the API', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(async () => api.close());

  it('has every route of the table, with its parameters, body, answers and who may call it', () => {
    const { paths } = openApiDocument(table);
    const count = Object.values(paths).flatMap((methods) => Object.keys(methods)).length;
    expect(count).toBe(table.length);
    const submit = paths['/api/v1/sessions']?.['post'];
    expect(submit).toMatchObject({
      security: [{ bearer: [] }],
      requestBody: { required: true },
      responses: {
        202: { content: { 'application/json': { schema: { $ref: '#/components/schemas/SessionView' } } } },
      },
    });
    expect(submit?.parameters.map(({ name, in: where }) => `${name} ${where}`)).toEqual([
      'Idempotency-Key header',
    ]);
    expect(paths['/api/v1/sessions/{sessionId}/cancel']?.['post']?.requestBody?.required).toBe(false);
    expect(paths['/api/v1/login']?.['post']?.security).toEqual([]);
    const limit = paths['/api/v1/sessions']?.['get']?.parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    });
  });

  it('gives each operation a name of its own, and every path parameter a place', () => {
    const operations = Object.entries(openApiDocument(table).paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      expect(operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(named);
    }
  });

  it('refers to nothing that it does not contain', async () => {
    const { json, text } = await api.call('GET', '/openapi.json');
    const { components } = json as OpenApiDocument;
    const references = Array.from(text.matchAll(/"\$ref":"([^"]+)"/g), ([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(30);
    for (const reference of references)
      expect(Object.keys(components.schemas)).toContain(reference.replace('#/components/schemas/', ''));
  });

  it('is a page that loads nothing and runs nothing', async () => {
    const { headers, text } = await api.call('GET', '/docs');
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|src=|https?:\/\/|@import|url\(/i);
    expect(text).not.toMatch(/ on\w+=| style=/);
    for (const { summary } of table) expect(text).toContain(summary.replace(/'/g, '&#39;'));
  });

  it('gives Prometheus what it reads: sessions, queue and process', async () => {
    const user = await api.user('viewer');
    const owner = await api.user();
    await api.app.sessions.submit(owner, { mission: 'Build it' });
    await api.call('GET', '/api/v1/sessions/nonsense', { token: owner.token });
    const { headers, text } = await api.call('GET', '/metrics', { token: user.token });
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('atelier_sessions{kind="studio",status="pending"} 1');
    expect(text).toMatch(/atelier_queue_jobs\{state="waiting"\} 1/);
    expect(text).toContain('atelier_up{part="database"} 1');
    expect(text).toMatch(/route="\/api\/v1\/sessions\/:sessionId",status="404"\} 1/);
    expect(text).toMatch(/process_resident_memory_bytes \d/);
    expect(text).not.toContain('nonsense');
  });
});
