import { z } from 'zod';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import type { Skipped, SourceTree } from '../../adapters/source/port.js';
import { factsOf, type FileFacts } from './file-facts.js';

/** Where a project came from, in words that may be shown. */
export interface SourceOrigin {
  kind: 'archive' | 'git' | 'folder';
  /** The archive's name, the URL or the path. */
  from: string;
}

/** A file of the base: its content is in the artifact store. */
export interface BaseFile extends FileFacts {
  path: string;
  sha256: string;
  bytes: number;
  executable?: true;
}

/**
 * What a mission starts from: one document that names every file by its hash. Whoever has it and the artifact
 * store can lay the project out again, on any machine.
 */
export interface Manifest {
  version: 1;
  origin: SourceOrigin;
  /** The folder that everything in an archive stood in. */
  root: string;
  skipped: Skipped;
  /** Sorted by path. */
  files: BaseFile[];
  /** The commit the base is, and the hash of a pack that holds it. */
  git?: { commit: string; ref: string; pack: string };
}

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const manifestForm = z.object({
  version: z.literal(1),
  origin: z.object({ kind: z.enum(['archive', 'git', 'folder']), from: z.string() }),
  root: z.string(),
  skipped: z.record(z.string(), z.object({ count: z.number(), examples: z.array(z.string()) })),
  files: z.array(
    z.object({
      path: z.string(),
      sha256: sha,
      bytes: z.number(),
      executable: z.literal(true).optional(),
      kind: z.enum(['text', 'binary', 'lock', 'built']),
      language: z.string().optional(),
      lines: z.number().optional(),
      names: z.array(z.string()).optional(),
    }),
  ),
  git: z.object({ commit: z.string(), ref: z.string(), pack: sha }).optional(),
});

/** How many contents are put into the store at once. */
const AT_ONCE = 16;

/** Puts a project into the artifact store. @returns its manifest, which is not stored yet */
export async function keepTree(
  store: ArtifactStore,
  tree: SourceTree,
  origin: SourceOrigin,
): Promise<Manifest> {
  const files: BaseFile[] = [];
  for (let at = 0; at < tree.files.length; at += AT_ONCE)
    files.push(
      ...(await Promise.all(
        tree.files.slice(at, at + AT_ONCE).map(async ({ path, content, executable }) => ({
          path,
          sha256: await store.put(content),
          bytes: content.byteLength,
          ...(executable && { executable }),
          ...factsOf(path, content),
        })),
      )),
    );
  const { root, skipped, git } = tree;
  return {
    version: 1,
    origin,
    root,
    skipped,
    files,
    ...(git && { git: { commit: git.commit, ref: git.ref, pack: await store.put(git.pack) } }),
  };
}

/** A manifest as it is stored: the same project always gives the same bytes. */
export function writeManifest(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify(manifest));
}

/** @throws Error when the bytes are no manifest of ours */
export function parseManifest(bytes: Buffer): Manifest {
  return manifestForm.parse(JSON.parse(bytes.toString('utf8')));
}
