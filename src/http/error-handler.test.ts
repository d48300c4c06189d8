import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { pino } from 'pino';
import { QueryFailedError } from 'typeorm';
import { AppError, ConfigError, ConflictError } from '../core/errors.js';
import { errorHandler } from './error-handler.js';

const REQUEST_ID = '01a204a5-1d10-74a3-b5dd-c173028a75f1';

/** What a client gets, and the log has, when a handler throws `error`. */
async function thrown(error: unknown) {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const app = express();
  app.use((_req, res, next) => {
    res.setHeader('X-Request-Id', REQUEST_ID);
    next();
  });
  app.get('/there', () => {
    throw error;
  });
  app.use(errorHandler(log));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/there?secret=1`);
    const text = await response.text();
    const problem = JSON.parse(text) as Record<string, unknown>;
    return { response, text, problem, log: lines.join('') };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** What TypeORM throws when Postgres answers with this SQLSTATE. */
function databaseError(code: string, severity = 'ERROR'): QueryFailedError {
  const driverError = Object.assign(new pg.DatabaseError('secret detail', 0, 'error'), { code, severity });
  return new QueryFailedError('SELECT secret', [], driverError);
}

describe('the error handler', () => {
  it('answers a defect with 500 and the id under which the log has it, and tells nothing else', async () => {
    const { response, problem, text, log } = await thrown(new TypeError('secret of the house'));
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem).toMatchObject({ code: 'internal_error', requestId: REQUEST_ID, retryable: false });
    expect(text).not.toContain('secret');
    expect(log).toContain('secret of the house');
    expect(log).toContain(REQUEST_ID);
  });

  it.each([['a string'], [undefined], [null], [{ status: 400 }]])(
    'answers 500 when %j is thrown',
    async (what) => {
      // Express takes undefined and null for "no error"; nobody must get an answer that looks like success.
      const { response } = await thrown(what ?? new Error('x'));
      expect(response.status).toBe(500);
    },
  );

  it('says an error of ours as RFC 9457, its facts beside, and the path without its query', async () => {
    const { response, problem } = await thrown(
      new ConflictError('busy', 'Wait a little.', {
        retryable: true,
        details: { since: 3, status: 'x', code: 'y' },
      }),
    );
    expect(response.status).toBe(409);
    expect(problem).toEqual({
      type: 'urn:atelier:problem:busy',
      title: 'Conflict',
      status: 409,
      detail: 'Wait a little.',
      instance: '/there',
      code: 'busy',
      retryable: true,
      requestId: REQUEST_ID,
      since: 3,
    });
  });

  it('keeps the facts of an error on our side to the log', async () => {
    const { response, text, log } = await thrown(
      new ConfigError('Set up wrong.', { details: { path: '/secret' } }),
    );
    expect(response.status).toBe(500);
    expect(text).not.toContain('/secret');
    expect(log).toContain('/secret');
  });

  it('says when to come back', async () => {
    const { response } = await thrown(
      new AppError('too_many_logins', 429, 'Wait.', { details: { retryAfterSeconds: 77 } }),
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '77']);
  });

  it.each([
    ['08006', 'ERROR', 503],
    ['53300', 'FATAL', 503],
    ['57P01', 'FATAL', 503],
    ['55000', 'FATAL', 503],
    ['40001', 'ERROR', 503],
    ['40P01', 'ERROR', 503],
    ['23505', 'ERROR', 409],
    ['42601', 'ERROR', 500],
  ])('takes %s (%s) of Postgres for a %i', async (code, severity, status) => {
    const { response, problem, text } = await thrown(databaseError(code, severity));
    expect(response.status).toBe(status);
    expect(problem).toMatchObject({ retryable: status === 503 });
    expect(text).not.toContain('secret');
  });
});
