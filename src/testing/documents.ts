import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a document. */
export interface Fence {
  /** Such as `docs/api.md:9`. */
  at: string;
  document: string;
  /** The first word after the fence; empty for none. */
  language: string;
  /** Why its commands are not run by the tests; null: they are. */
  notTested: string | null;
  text: string;
}

/** A command of a `console` block with the answer that is shown below it. */
export interface Shown {
  command: string;
  answer: string;
}

/** The documents for people: README.md and everything in docs/ but the decisions. Names relative to the project. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(`${PROJECT_ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
];

/** A file's text. @param name relative to the project */
export const documentText = (name: string): string => readFileSync(`${PROJECT_ROOT}${name}`, 'utf8');

/** Every fenced block of a document, in order. */
export function fencesOf(document: string): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  for (const [index, line] of documentText(document).split('\n').entries()) {
    const info = /^```(.*)$/.exec(line)?.[1];
    if (open) {
      if (info === undefined) open.text += `${line}\n`;
      else {
        fences.push(open);
        open = undefined;
      }
    } else if (info !== undefined) {
      const notTested = /\bnotested: (\S.*)$/.exec(info)?.[1] ?? null;
      const language = /^\S*/.exec(info)?.[0] ?? '';
      open = { at: `${document}:${index + 1}`, document, language, notTested, text: '' };
    }
  }
  return fences;
}

/** The commands of a `console` block, each after `$ ` and on to further lines by a backslash, with their answers. */
export function shownIn(text: string): Shown[] {
  const all: Shown[] = [];
  let goesOn = false;
  for (const line of text.split('\n')) {
    const last = all.at(-1);
    if (goesOn && last) last.command += `\n${line}`;
    else if (line.startsWith('$ ')) all.push({ command: line.slice(2), answer: '' });
    else if (last) last.answer += `${line}\n`;
    goesOn = line.endsWith('\\') && (goesOn || line.startsWith('$ '));
  }
  return all;
}

/** Every `code` of a document's running text and tables, its fenced blocks left out. */
export function codeIn(document: string): string[] {
  const text = documentText(document).replaceAll(/^```[^]*?^```$/gm, '');
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}
