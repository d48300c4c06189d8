import { SOURCE_LIMITS } from '../../adapters/source/port.js';
import { importedSourceView, type ImportedSourceView } from '../presenters/source.js';
import { none, route, type Route } from '../route.js';
import { archiveBody, sourceQuery } from './sources.schema.js';

/** What archives are called. Which it is, their bytes say. */
const MEDIA_TYPES = [
  'application/zip',
  'application/x-tar',
  'application/gzip',
  'application/x-git-bundle',
  'application/octet-stream',
];

/** Existing code that missions start from. */
export const sourceRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/sources',
    access: 'submitter',
    tag: 'Sources',
    summary: 'Upload a project for missions to start from',
    description:
      'A zip, tar, tar.gz or git bundle of up to 64 MiB; what it is, its bytes say. Left out are git metadata, ' +
      'installed dependencies, what `.gitignore` names, links, files that usually hold secrets and files over ' +
      '4 MiB; the answer counts them. It belongs to whoever uploaded it.',
    params: none,
    query: sourceQuery,
    body: archiveBody,
    upload: { mediaTypes: MEDIA_TYPES, maxBytes: SOURCE_LIMITS.archiveBytes },
    answers: { 201: { description: 'What was taken in.', schema: importedSourceView } },
    async handle({ app, caller, query, body }) {
      const view: ImportedSourceView = await app.sources.importArchive(caller, body, query.name);
      return { status: 201, body: view };
    },
  }),
];
