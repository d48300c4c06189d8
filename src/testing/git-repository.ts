import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { layOut, type TestFiles } from './archives.js';

const execute = promisify(execFile);

/** A person with git: their settings are empty, their commits always the same. */
const PERSON = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_DATE: '1700000000 +0000',
};

/** Runs the real git as a person would, in a folder. @returns its output, trimmed */
export async function gitIn(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('git', args, { cwd: folder, env: { ...PERSON, HOME: folder } });
  return stdout.trim();
}

/** A repository with one commit per set of files, on `main`. @returns the last commit */
export async function makeRepository(folder: string, ...commits: TestFiles[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  await gitIn(folder, 'init', '--quiet', '-b', 'main');
  for (const [index, files] of commits.entries()) {
    await layOut(folder, files);
    await gitIn(folder, 'add', '--all');
    await gitIn(folder, 'commit', '--quiet', '-m', `commit ${index + 1}`);
  }
  return gitIn(folder, 'rev-parse', 'HEAD');
}
