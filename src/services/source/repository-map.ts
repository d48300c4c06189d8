import { SKIP_REASONS, type SkipReason } from '../../adapters/source/port.js';
import { estimateTokens } from '../../adapters/llm/messages.js';
import type { BaseFile, Manifest } from './manifest.js';

/** What the map is drawn from. */
export interface MapInput {
  manifest: Manifest;
  /** The beginning of the README and the package manifests, by path; see `headPaths`. */
  heads: ReadonlyMap<string, string>;
  isTest: (path: string) => boolean;
}

const README = /^readme(\.(md|rst|txt|adoc))?$/i;
const PACKAGE =
  /(^|\/)(package\.json|pyproject\.toml|requirements\.txt|setup\.cfg|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|Makefile)$/;
const MAX_PACKAGES = 4;
/** The share of the budget that README and package manifests may take together. */
const HEAD_SHARE = 0.3;

/** The files whose beginning belongs in the map: the README at the top, and the package manifests, top first. */
export function headPaths(manifest: Manifest): string[] {
  const texts = manifest.files.filter(({ kind }) => kind === 'text').map(({ path }) => path);
  const packages = texts
    .filter((path) => PACKAGE.test(path))
    .toSorted((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  return [...texts.filter((path) => README.test(path)).slice(0, 1), ...packages.slice(0, MAX_PACKAGES)];
}

/**
 * The map of a project for a model: what it is, how it is built and tested, and every file with its length and
 * names; in as much detail as the budget allows, in the same words each time.
 * @param tokens the most it may come to, by estimate; at least some hundred
 */
export function repositoryMap(input: MapInput, tokens: number): string {
  const head = [summary(input.manifest), ...headSections(input, tokens * HEAD_SHARE)].join('\n\n');
  const left = tokens - estimateTokens(head) - 8;
  for (const names of [30, 8, 3, 0]) {
    const list = fileList(input, names);
    if (estimateTokens(list) <= left) return `${head}\n\n${list}`;
  }
  return `${head}\n\n${folderList(input, left)}`;
}

function summary({ origin, files, skipped, git }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const byLanguage = new Map<string, number>();
  for (const { language } of files)
    if (language) byLanguage.set(language, (byLanguage.get(language) ?? 0) + 1);
  const languages = [...byLanguage]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 6)
    .map(([language, count]) => `${language} ${count}`)
    .join(', ');
  const lines = [
    '# The project',
    `${files.length} files, ${Math.ceil(bytes / 1024)} kB; ${languages || 'no known language'}`,
    `From ${origin.kind} ${origin.from}${git ? ` at ${git.ref} (${git.commit.slice(0, 10)})` : ''}`,
  ];
  const left = Object.entries(skipped).map(
    ([reason, { count }]) => `${count} × ${SKIP_REASONS[reason as SkipReason]}`,
  );
  if (left.length > 0) lines.push(`Not here: ${left.join(', ')}`);
  return lines.join('\n');
}

function headSections({ manifest, heads }: MapInput, tokens: number): string[] {
  const paths = headPaths(manifest).filter((path) => heads.has(path));
  const share = Math.floor((tokens * 4) / Math.max(1, paths.length)) - 40;
  return paths.map((path) => {
    const text = shorten(path, heads.get(path) ?? '').trim();
    const cut = text.length > share ? `${text.slice(0, Math.max(0, share)).trimEnd()}\n…` : text;
    return `## ${path}\n${cut}`;
  });
}

/** Of a package.json what says how to build, test and use it; other files as they are. */
function shorten(path: string, text: string): string {
  if (!path.endsWith('package.json')) return text;
  try {
    const all = JSON.parse(text) as Record<string, unknown>;
    const kept = ['name', 'type', 'main', 'exports', 'bin', 'scripts', 'engines'];
    const deps = ['dependencies', 'devDependencies', 'peerDependencies'].map((key) => {
      const value = all[key];
      return [key, value && typeof value === 'object' ? Object.keys(value) : undefined] as const;
    });
    return JSON.stringify(
      Object.fromEntries([...kept.map((key) => [key, all[key]] as const), ...deps]),
      (_key, value: unknown) => value ?? undefined,
    );
  } catch {
    return text;
  }
}

function fileList({ manifest, isTest }: MapInput, maxNames: number): string {
  const built = new Map<string, number>();
  const lines: string[] = [];
  for (const file of manifest.files) {
    if (file.kind !== 'built') {
      lines.push(describe(file, maxNames, isTest(file.path)));
      continue;
    }
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1) || file.path;
    built.set(folder, (built.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of built) lines.push(`${folder} (${count} built or vendored)`);
  return ['## Files', ...lines].join('\n');
}

function describe(file: BaseFile, maxNames: number, test: boolean): string {
  const about = [
    file.kind === 'text' ? `${file.lines ?? 0} lines` : `${file.kind}, ${file.bytes} bytes`,
    ...(test ? ['test'] : []),
  ];
  const names = file.names ?? [];
  const shown = names.slice(0, maxNames).join(', ') + (names.length > maxNames ? ', …' : '');
  return `${file.path} (${about.join(', ')})${maxNames > 0 && names.length > 0 ? `: ${shown}` : ''}`;
}

/** Folders with their counts, the shallow ones first, as many as fit. */
function folderList({ manifest }: MapInput, tokens: number): string {
  const folders = new Map<string, number>();
  for (const { path } of manifest.files) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1) || './';
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const sorted = [...folders].toSorted(
    ([a], [b]) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1),
  );
  const lines = ['## Folders (the files are too many to be listed)'];
  let used = estimateTokens(lines[0] ?? '') + 12;
  for (const [index, [folder, count]] of sorted.entries()) {
    const line = `${folder} (${count} files)`;
    used += estimateTokens(`${line}\n`);
    if (used > tokens) {
      lines.push(`… and ${sorted.length - index} more folders`);
      break;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
