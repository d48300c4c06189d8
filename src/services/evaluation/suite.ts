import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ValidationError, messageOf } from '../../core/errors.js';
import { checked } from '../sessions.js';

const head = z.strictObject({
  title: z.string().trim().min(1).max(200),
  /** As with `POST /sessions`. */
  options: z.record(z.string(), z.unknown()).default({}),
});

/** A file with its content. */
export interface SuiteFile {
  /** Relative to the project, with `/`. */
  path: string;
  content: string;
}

/** One mission of a suite. */
export interface EvalMission {
  /** The folder's name. */
  name: string;
  title: string;
  mission: string;
  options: Record<string, unknown>;
  /** Tests that no agent sees, to be laid over the finished project. */
  acceptance: SuiteFile[];
}

/** A folder of missions. */
export interface EvalSuite {
  name: string;
  missions: EvalMission[];
}

/**
 * Reads a suite: each folder in it with a `mission.md` (front matter with title and options, then the mission's text)
 * and a folder `acceptance` is a mission.
 * @throws ValidationError that names the file which is missing or wrong
 */
export async function readSuite(folder: string): Promise<EvalSuite> {
  const root = resolve(folder);
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    throw wrong(folder, `cannot be read: ${messageOf(error)}`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (names.length === 0) throw wrong(folder, 'holds no folders with missions');
  const missions: EvalMission[] = [];
  for (const name of names.toSorted()) missions.push(await readMission(join(root, name), name));
  return { name: basename(root), missions };
}

async function readMission(folder: string, name: string): Promise<EvalMission> {
  const file = join(folder, 'mission.md');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(`${name}/mission.md`, `cannot be read: ${messageOf(error)}`);
  });
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text);
  if (!match) throw wrong(`${name}/mission.md`, 'does not begin with front matter between two "---" lines');
  const { title, options } = checked(head, parse(match[1] ?? ''));
  const acceptance = await readFiles(join(folder, 'acceptance'));
  if (acceptance.length === 0) throw wrong(`${name}/acceptance`, 'holds no tests');
  return { name, title, options, mission: (match[2] ?? '').trim(), acceptance };
}

async function readFiles(folder: string): Promise<SuiteFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.toSorted().map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      content: await readFile(path, 'utf8'),
    })),
  );
}

function wrong(field: string, message: string): ValidationError {
  return new ValidationError(`The suite cannot be used: ${field} ${message}.`, [{ field, message }]);
}
