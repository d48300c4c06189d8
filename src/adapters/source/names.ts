import { ValidationError } from '../../core/errors.js';
import { checkFilePath } from '../../core/safe-path.js';
import type { SkipReason } from './port.js';

/** Files that people keep secrets in; `.env.example` and its like are meant to be seen. */
const SECRET =
  /^(\.env(\..+)?|\.npmrc|\.pypirc|\.netrc|_netrc|id_(rsa|dsa|ecdsa|ed25519)|.+\.(pem|p12|pfx|keystore|jks)|\.git-credentials)$/i;
const NO_SECRET = /^\.env\.(example|sample|template|dist|defaults)$/i;

/**
 * Whether a path is part of a project, or why it is left out: git's and the studio's own folders, installed
 * dependencies, likely secrets, and names that could not be written to every file system.
 */
export function judgeName(path: string): SkipReason | undefined {
  const segments = path.split('/').map((segment) => segment.toLowerCase());
  if (segments.includes('.git')) return 'git';
  if (segments.includes('node_modules')) return 'dependencies';
  if (segments[0] === '.atelier') return 'studio';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (SECRET.test(name) && !NO_SECRET.test(name)) return 'secret';
  try {
    checkFilePath(path);
    return undefined;
  } catch (error) {
    if (error instanceof ValidationError) return 'name';
    throw error;
  }
}

/**
 * What is wrong with an archive entry's name as such: it would lead out of the folder the archive is unpacked
 * in. No honest tool writes one, so the whole archive is refused.
 */
export function escapes(name: string): string | undefined {
  if (name.startsWith('/')) return 'is absolute';
  if (/^[A-Za-z]:/.test(name)) return 'names a drive';
  if (name.includes('\\')) return 'has \\ between folders';
  if (name.split('/').includes('..')) return 'leads out of the archive with ".."';
  return undefined;
}
