import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ZipFile } from 'yazl';

const run = promisify(execFile);

/** A file for a test: its content, or what else to make of it. */
export type TestFile = string | Buffer | { content: string | Buffer; mode: number } | { linkTo: string };
export type TestFiles = Readonly<Record<string, TestFile>>;

const partsOf = (file: TestFile): { content: Buffer; mode: number } => {
  if (typeof file === 'string' || Buffer.isBuffer(file))
    return { content: Buffer.from(file), mode: 0o100644 };
  if ('linkTo' in file) return { content: Buffer.from(file.linkTo), mode: 0o120777 };
  return { content: Buffer.from(file.content), mode: 0o100000 | file.mode };
};

/** A zip made by yazl. Links are entries with a link's mode, as Info-ZIP writes them. */
export async function zipOf(files: TestFiles): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const { content, mode } = partsOf(file);
    zip.addBuffer(content, path, { mode, mtime: new Date('2024-01-01T00:00:00Z') });
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes files, links included, into a folder. */
export async function layOut(folder: string, files: TestFiles): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof file === 'object' && 'linkTo' in file) {
      await symlink(file.linkTo, target);
      continue;
    }
    const { content, mode } = partsOf(file);
    await writeFile(target, content);
    await chmod(target, mode & 0o777);
  }
}

/** A tar made by the machine's own tar. @param options such as `['--format=pax', '-z']` */
export async function tarOf(files: TestFiles, options: readonly string[] = []): Promise<Buffer> {
  return inFolder(async (folder) => {
    await layOut(folder, files);
    const { stdout } = await run('tar', ['-c', ...options, '-C', folder, '.'], {
      encoding: 'buffer',
      maxBuffer: 256 * 1024 ** 2,
    });
    return stdout;
  });
}

/** Works in a new folder, which is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-files-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
