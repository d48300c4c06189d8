import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where we look for programs of the host, whatever PATH the process was started with. */
export const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/**
 * Tasks (threads are tasks) that the kernel allows for each allowed process, on the average: Node.js has 7 to 11
 * threads, a shell one. It holds what is faster than the supervisor.
 */
export const TASKS_PER_PROCESS = 8;

/**
 * The whole environment of a command, unless the run adds to it. Nothing of our own environment gets in: it
 * holds the provider keys. The language and time zone are fixed so that a test passes on every host or on none.
 */
export function baseEnvironment(folders: {
  path: string;
  home: string;
  tmp: string;
}): Record<string, string> {
  return {
    PATH: folders.path,
    HOME: folders.home,
    TMPDIR: folders.tmp,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    NO_COLOR: '1',
  };
}

/** The first executable file of that name on a PATH, or undefined. */
export function findExecutable(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return undefined;
}
