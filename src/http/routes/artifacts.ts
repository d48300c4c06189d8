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

const EXPORT_MEDIA_TYPES = ['application/zip', 'application/x-git-bundle', 'text/x-diff'];

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
    summary: 'The whole project, as an archive, a git branch or a patch',
    description:
      'As `zip` the project with the best attempt, and the documents. As `git` a bundle with the branch of the ' +
      'mission, to be fetched; as `patch` the difference to what the mission started from. Both need an attempt ' +
      'that QA has judged; before that the answer is 409 `no_code_yet`. The same files give the same bytes.',
    params: sessionParams,
    query: exportQuery,
    body: noBody,
    answers: { 200: { description: 'The file.', mediaType: EXPORT_MEDIA_TYPES } },
    async handle({ app, caller, params: { sessionId }, query: { format } }) {
      if (format !== 'zip') {
        const { fileName, mediaType, content } = await app.exports.exportAs(caller, sessionId, format);
        return {
          status: 200,
          headers: { ...download(mediaType, fileName), 'Content-Length': String(content.byteLength) },
          async send(res) {
            res.end(content);
          },
        };
      }
      const session = await app.sessions.get(caller, sessionId);
      const entries = await app.exports.entries(caller, sessionId);
      return {
        status: 200,
        headers: download('application/zip', exportName(session)),
        // One by one, as the client takes them: a project need not fit in memory.
        send: (res, gone) => sendZip(res, gone, entries, session.createdAt),
      };
    },
  }),
];

const download = (mediaType: string, fileName: string): Record<string, string> => ({
  ...INERT,
  'Content-Type': mediaType,
  'Content-Disposition': `attachment; filename="${asciiName(fileName)}"`,
});

/** A file name for a header: printable ASCII without quotes and slashes. */
function asciiName(name: string): string {
  return name.replace(/[^\w.-]/g, '_').slice(0, 120) || 'file';
}
