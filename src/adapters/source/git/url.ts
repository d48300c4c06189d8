import { fileURLToPath } from 'node:url';
import { ValidationError } from '../../../core/errors.js';

/** A git URL, taken apart and found to be of a kind we go to. */
export type GitUrl =
  | { protocol: 'https'; url: string; host: string; port: number }
  | { protocol: 'ssh'; url: string; host: string; port: number; user: string }
  | { protocol: 'file'; path: string };

const FIELD = 'source.url';
const SCP = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9._-]+):(?!\/\/)([^:]+)$/;

/** Names and addresses only: the URL class lets a shell's characters pass in hosts of `ssh:`. */
const HOST = /^([a-z0-9_]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/;

/**
 * Reads a git URL: `https://…`, `ssh://…`, `user@host:path`, or a `file://` path on the server. The result is
 * written anew from its parts, so nothing but those parts reaches git.
 * @throws ValidationError for `source.url`; the URL itself is not repeated, as it may hold a password
 */
export function parseGitUrl(text: string): GitUrl {
  if (text.startsWith('-')) throw refused('must not begin with "-"');
  if (/[\p{Cc}\s]/u.test(text)) throw refused('must not hold spaces or control characters');
  if (/^[A-Za-z0-9+.-]+::/.test(text)) throw refused('must not name a remote helper ("…::")');
  const scp = text.includes('://') ? null : SCP.exec(text);
  const url = parse(scp ? `ssh://${scp[1] ?? 'git'}@${scp[2]}/${scp[3]?.replace(/^\/+/, '')}` : text);
  if (url.password !== '' || (url.protocol !== 'ssh:' && url.username !== ''))
    throw refused(
      'must not hold credentials: they would be kept with the session. Upload a git bundle of a private project, ' +
        'or use ssh with a key of the server',
    );
  if (url.search !== '' || url.hash !== '') throw refused('must not have a query or a fragment');
  if (url.protocol === 'file:') return fileUrl(url);
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  if (!HOST.test(host)) throw refused('names no host, or one that is not plain');
  const path = url.pathname;
  if (path === '/' || path === '') throw refused('names no repository');
  if (/(^|\/)(-|%2d)/i.test(path)) throw refused('must not have a part that begins with "-"');
  if (url.protocol === 'https:') {
    const port = Number(url.port || 443);
    return { protocol: 'https', host, port, url: `https://${hostPart(host, port, 443)}${path}` };
  }
  if (url.protocol === 'ssh:') {
    const user = decodeURIComponent(url.username || 'git');
    if (!/^[A-Za-z0-9._][A-Za-z0-9._-]*$/.test(user)) throw refused('has a user name that is not plain');
    const port = Number(url.port || 22);
    return { protocol: 'ssh', host, port, user, url: `ssh://${user}@${hostPart(host, port, 22)}${path}` };
  }
  throw refused('must begin with https://, ssh:// or file://, or have the form user@host:path');
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused('is not a URL: give https://host/path, ssh://user@host/path or user@host:path');
  }
}

function fileUrl(url: URL): GitUrl {
  if (url.hostname !== '') throw refused('must have the form file:///absolute/path');
  try {
    return { protocol: 'file', path: fileURLToPath(url) };
  } catch {
    throw refused('is not a path of this server');
  }
}

function hostPart(host: string, port: number, standard: number): string {
  return port === standard ? host : `${host}:${port}`;
}

function refused(message: string): ValidationError {
  return new ValidationError(`The git URL ${message}.`, [{ field: FIELD, message }]);
}
