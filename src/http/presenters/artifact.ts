import { z } from 'zod';
import { ARTIFACT_TYPES } from '../../core/vocabulary.js';
import type { Artifact } from '../../db/entities/artifact.js';
import { iso, time } from './time.js';

/** One version of a file or document of a session. */
export const artifactView = z
  .strictObject({
    id: z.number().int(),
    type: z.enum(ARTIFACT_TYPES),
    path: z.string().describe('Relative to the project.'),
    version: z.number().int(),
    sha256: z.string().nullable(),
    sizeBytes: z.number().int().nullable(),
    createdAt: time,
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ArtifactView' });
export type ArtifactView = z.infer<typeof artifactView>;

/** A version of a file, without its content. */
export function presentArtifact(artifact: Artifact): ArtifactView {
  return {
    id: artifact.id,
    type: artifact.artifactType,
    path: artifact.filePath,
    version: artifact.version,
    sha256: artifact.contentHash,
    sizeBytes: artifact.sizeBytes,
    createdAt: iso(artifact.createdAt),
    metadata: artifact.metadata,
  };
}
