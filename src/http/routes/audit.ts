import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditQuestion } from '../../services/audit.js';
import { numberCursor } from '../cursor.js';
import { AUDIT_CSV_HEAD, auditCsvLine, auditView, presentAudit } from '../presenters/audit.js';
import { pageOf } from '../presenters/page.js';
import { emptyBody, noBody, none, route, type Route } from '../route.js';
import { SSE_HEADERS } from '../sse.js';
import { auditExportQuery, auditQuery } from './audit.schema.js';

const cursors = numberCursor('audit');
const tag = 'Administration';

interface Filter {
  eventType?: string[];
  user?: string;
  session?: string;
  from?: Date;
  to?: Date;
  q?: string;
}

const questionOf = ({ eventType, user, session, from, to, q }: Filter): AuditQuestion => ({
  ...(eventType !== undefined && { events: eventType }),
  ...(user !== undefined && { user }),
  ...(session !== undefined && { sessionId: session }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(q !== undefined && q !== '' && { text: q }),
});

/** The audit log. */
export const auditRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/audit',
    access: 'admin',
    tag,
    summary: 'The audit log, newest first',
    description:
      'A search for a text (`q`) stops after a while: a page with few rows and a `nextCursor` has more to look through.',
    params: none,
    query: auditQuery,
    body: noBody,
    answers: { 200: { description: 'A page of rows.', schema: pageOf(auditView) } },
    async handle({ app, caller, query: { cursor, limit, ...filter } }) {
      const { rows, next } = await app.audit.page(caller, questionOf(filter), {
        limit,
        ...(cursor !== undefined && { before: cursors.decode(cursor) }),
      });
      return {
        status: 200,
        body: { items: rows.map(presentAudit), nextCursor: next === null ? null : cursors.encode(next) },
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/audit/export',
    access: 'admin',
    tag,
    summary: 'The audit log as a file, with the same filters',
    description: 'Streamed, however long it is. That it was taken is noted in the log.',
    params: none,
    query: auditExportQuery,
    body: noBody,
    answers: {
      200: {
        description: 'CSV with a head line, or one JSON object per line.',
        mediaType: ['text/csv', 'application/jsonl'],
      },
    },
    async handle({ app, caller, query: { format, ...filter } }) {
      const rows = app.audit.export(caller, questionOf(filter), format);
      const lines = async function* (): AsyncGenerator<string> {
        if (format === 'csv') yield AUDIT_CSV_HEAD;
        for await (const row of rows)
          yield format === 'csv' ? auditCsvLine(row) : `${JSON.stringify(presentAudit(row))}\n`;
      };
      const name = `audit-${new Date().toISOString().slice(0, 10)}.${format}`;
      return {
        status: 200,
        headers: {
          'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl',
          'Content-Disposition': `attachment; filename="${name}"`,
        },
        send: (res, gone) => pipeline(Readable.from(lines()), res, { signal: gone }),
      };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/audit/verify',
    access: 'admin',
    tag,
    summary: 'Check the whole chain of the audit log (Server-Sent Events)',
    description:
      'Events `progress` with `{checked, total}`, then one `result` with `{checked, total, firstBroken, head}`; or ' +
      '`failed` with a `message`. `firstBroken` names the first row that was changed, has one missing before it, or ' +
      'is linked wrongly. Note `head` elsewhere: rows cut off at the end show by it alone.',
    params: none,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The stream.', mediaType: 'text/event-stream' } },
    async handle({ app, caller }) {
      return {
        status: 200,
        headers: SSE_HEADERS,
        async send(res, gone) {
          const tell = (event: string, data: unknown): void => {
            res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          };
          try {
            const check = app.audit.verify(caller, gone);
            let step = await check.next();
            for (; step.done !== true; step = await check.next()) tell('progress', step.value);
            tell('result', step.value);
          } catch (error) {
            app.log.warn({ err: error }, 'the audit chain could not be checked');
            tell('failed', { message: error instanceof Error ? error.message : 'The check broke off.' });
          }
          res.end();
        },
      };
    },
  }),
];
