import { z } from 'zod';
import { inParts, type AnswerParts, type Joined } from '../../engine/answer-parts.js';

const more = z.boolean().optional();

/** A document, or a stretch of one: its fields are joined as they stand, in the order of the parts. */
function documentParts(fields: readonly string[], heading: readonly string[] = []): AnswerParts {
  const shape = Object.fromEntries([...heading, ...fields].map((name) => [name, z.string().optional()]));
  return inParts(
    z.strictObject({ ...shape, more }),
    'Hand it in by parts: answer with the first stretch of the text, ending between two lines, and "more": true; ' +
      'then, when asked, with the stretch that follows, and so on. The last part has no "more".',
    (parts): Joined => {
      const value: Record<string, string> = {};
      for (const part of parts)
        for (const [name, text] of Object.entries(part))
          if (typeof text !== 'string') continue;
          else if (fields.includes(name)) value[name] = (value[name] ?? '') + text;
          else value[name] ??= text;
      return { value };
    },
  );
}

/** The PM's answer in parts. */
export const prdParts = documentParts(['prd'], ['title']);
/** The Architect's answer in parts. */
export const specParts = documentParts(['techSpec', 'scaffold']);

const edit = z.strictObject({ search: z.string(), replace: z.string() });
const stretch = {
  path: z.string(),
  content: z.string().optional(),
  append: z.string().optional(),
  partial: z.boolean().optional(),
};
const change = { ...stretch, edits: z.array(edit).optional(), delete: z.literal(true).optional() };

/** A stretch of a file, or the whole of what is said of it. */
interface Piece {
  path: string;
  content?: string | undefined;
  append?: string | undefined;
  partial?: boolean | undefined;
}

const HOW_FILES =
  'Hand it in by parts: answer with some of the files and "more": true; then, when asked, with the next files, and so ' +
  'on. A file too long for one part comes in pieces: {"path", "content", "partial": true} with its beginning, then ' +
  '{"path", "append"} with what follows, "partial": true on all but its last piece. The last part has no "more".';

/** The Engineer's answer in parts. */
export const codeParts = inParts(
  z.strictObject({ summary: z.string().optional(), files: z.array(z.strictObject(change)).optional(), more }),
  HOW_FILES,
  (parts, complete) => {
    const joined = joinPieces(parts, complete);
    const summary = parts.find((part) => part.summary !== undefined)?.summary;
    return 'problem' in joined ? joined : { value: { summary, ...joined } };
  },
);

/** QA's tests in parts. */
export const testsParts = inParts(
  z.strictObject({ files: z.array(z.strictObject(stretch)).optional(), more }),
  HOW_FILES,
  (parts, complete) => {
    const joined = joinPieces(parts, complete);
    return 'problem' in joined ? joined : { value: joined };
  },
);

/** Joins the pieces of files in their order. Pieces of one file follow each other; a file without its end is refused. */
function joinPieces(
  parts: readonly { files?: readonly Piece[] | undefined }[],
  complete: boolean,
): { files: Omit<Piece, 'append' | 'partial'>[] } | { problem: string } {
  const files: Omit<Piece, 'append' | 'partial'>[] = [];
  let open: { path: string; content: string } | undefined;
  for (const { append, partial, ...said } of parts.flatMap((part) => part.files ?? [])) {
    const { path } = said;
    if (append === undefined) {
      if (open) return { problem: unfinished(open.path) };
      if (!partial) files.push(said);
      else if (said.content === undefined || Object.keys(said).length > 2)
        return {
          problem: `"${path}" is marked "partial" and has no "content": only whole files come in pieces.`,
        };
      else files.push((open = { path, content: said.content }));
      continue;
    }
    if (!open || open.path !== path)
      return {
        problem: open
          ? unfinished(open.path)
          : `There is nothing to append to: no piece of "${path}" marked "partial" came right before.`,
      };
    if (Object.keys(said).length > 1)
      return {
        problem: `A piece of "${path}" has more than "append": give the rest of the file and nothing else.`,
      };
    open.content += append;
    if (!partial) open = undefined;
  }
  return complete && open ? { problem: unfinished(open.path) } : { files };
}

function unfinished(path: string): string {
  return `"${path}" is marked "partial", and its last piece has not come: go on with it by "append" until it is whole.`;
}
