import { isUtf8 } from 'node:buffer';
import { numberCursor, toPage } from '../cursor.js';
import { artifactView, presentArtifact } from '../presenters/artifact.js';
import { pageOf } from '../presenters/page.js';
import { noBody, none, route, type Route } from '../route.js';
import { wholeId } from '../whole-id.js';
import { exportName, sendZip } from '../zip.js';
import { artifactParams, artifactQuery, exportQuery } from './artifacts.schema.js';
import { sessionParams } from './common.schema.js';

const cursors = numberCursor('artifacts');
const tag = 'Artifacts';

/** What a model wrote is never run or rendered by a browser that opens it. */
const INERT = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
};

/** The documents and files that a session made. */
export const artifactRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/artifacts',
    access: 'viewer',
    tag,
    summary: 'The documents and files of a session, oldest first',
    params: sessionParams,
    query: artifactQuery,
    body: noBody,
    answers: { 200: { description: 'A page of versions.', schema: pageOf(artifactView) } },
    async handle({ app, caller, params, query: { cursor, limit, newest } }) {
      const rows = await app.artifacts.list(caller, params.sessionId, {
        newestOnly: newest,
        limit: limit + 1,
        ...(cursor !== undefined && { afterId: cursors.decode(cursor) }),
      });
      return { status: 200, body: toPage(rows, limit, cursors, (row) => row.id, presentArtifact) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/artifacts/:artifactId/content',
    access: 'viewer',
    tag,
    summary: 'The content of one version of a file',
    description:
      'Text as `text/plain`, everything else as a download; never as HTML. The ETag is its SHA-256.',
    params: artifactParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The bytes.', mediaType: 'application/octet-stream' } },
    async handle({ app, caller, params }) {
      const { artifact, content } = await app.artifacts.content(caller, wholeId(params.artifactId));
      const text = isUtf8(content) && !content.includes(0);
      const name = asciiName(artifact.filePath.split('/').at(-1) ?? 'file');
      return {
        status: 200,
        headers: {
          ...INERT,
          'Content-Type': text ? 'text/plain; charset=utf-8' : 'application/octet-stream',
          'Content-Disposition': `${text ? 'inline' : 'attachment'}; filename="${name}"`,
          'Content-Length': String(content.byteLength),
          ETag: `"${artifact.contentHash ?? ''}"`,
        },
        async send(res) {
          res.end(content);
        },
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/export',
    access: 'viewer',
    tag,
    summary: 'The whole project as an archive',
    description: 'The newest version of every file. The same files give the same bytes.',
    params: sessionParams,
    query: exportQuery,
    body: noBody,
    answers: { 200: { description: 'A ZIP file.', mediaType: 'application/zip' } },
    async handle({ app, caller, params: { sessionId } }) {
      const session = await app.sessions.get(caller, sessionId);
      const entries = await app.artifacts.exportEntries(caller, sessionId);
      return {
        status: 200,
        headers: {
          ...INERT,
          'Content-Type': 'application/zip',
          'Content-Disposition': `attachment; filename="${exportName(session)}"`,
        },
        send: (res, gone) => sendZip(res, gone, entries, session.createdAt),
      };
    },
  }),
];

/** A file name for a header: printable ASCII without quotes and slashes. */
function asciiName(name: string): string {
  return name.replace(/[^\w.-]/g, '_').slice(0, 120) || 'file';
}
