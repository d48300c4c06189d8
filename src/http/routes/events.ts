import { ValidationError } from '../../core/errors.js';
import { MAX_INT4 } from '../cursor.js';
import { noBody, route, type Route } from '../route.js';
import { SSE_HEADERS, sendEvents } from '../sse.js';
import { eventView } from '../presenters/event.js';
import { eventsQuery } from './activity.schema.js';
import { sessionParams } from './common.schema.js';

/**
 * The live stream of a session.
 * @param heartbeatMs how often a comment is sent, and the reader's right to read checked again
 */
export function eventRoutes(heartbeatMs: number): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/sessions/:sessionId/events',
      access: 'viewer',
      tag: 'Activity',
      summary: 'The live events of a session (Server-Sent Events)',
      description:
        'The `event:` is the type, the `id:` its number; `data:` is an EventView. Give the last id back as ' +
        "`Last-Event-ID` to go on without a gap, on any process. Pieces of a model's answer (`token`) are live " +
        'only. A comment comes every 15 seconds. The stream ends when the session is deleted or the token is ' +
        'revoked.',
      headers: [{ name: 'Last-Event-ID', description: 'The number of the last event that was read.' }],
      params: sessionParams,
      query: eventsQuery,
      body: noBody,
      answers: {
        200: { description: 'The stream.', schema: eventView, mediaType: 'text/event-stream' },
      },
      async handle({ app, caller, params: { sessionId }, query, header }) {
        const after = lastEventId(header('Last-Event-ID')) ?? query.after;
        await app.sessions.get(caller, sessionId);
        return {
          status: 200,
          headers: SSE_HEADERS,
          send: (res, gone) =>
            sendEvents(res, gone, {
              events: (signal) => app.hub.stream(sessionId, after, signal),
              async stillAllowed() {
                await app.accounts.authenticate(caller.token, caller.ip);
                await app.sessions.get(caller, sessionId);
              },
              heartbeatMs,
              log: app.log.child({ sessionId }),
            }),
        };
      },
    }),
  ];
}

/** A browser sends the header empty when it has seen no id yet. */
function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const id = /^\d{1,10}$/.test(header) ? Number(header) : NaN;
  if (id <= MAX_INT4) return id;
  throw new ValidationError('The Last-Event-ID is not valid.', [
    { field: 'Last-Event-ID', message: 'must be the id of an event of this stream' },
  ]);
}
