import { ValidationError } from '../../core/errors.js';
import { formatOf, readArchive } from './archive/archive.js';
import { checkBelow, readFolder } from './folder/folder.js';
import { admitGitUrl, readBundle, readGit, type GitPolicy } from './git/git-source.js';
import { SOURCE_LIMITS, type SourceLimits, type SourceReader } from './port.js';

/** The reader of every kind of source, held to what an administrator allows. */
export function createSourceReader(policy: GitPolicy, limits: SourceLimits = SOURCE_LIMITS): SourceReader {
  return {
    async archive(bytes, signal) {
      if (bytes.length > limits.archiveBytes) {
        const message = `is larger than ${limits.archiveBytes} bytes; leave dependencies, data and build output out`;
        throw new ValidationError(`The archive ${message}.`, [{ field: 'archive', message }]);
      }
      const format = formatOf(bytes);
      return format === 'bundle' ? readBundle(bytes, limits, signal) : readArchive(bytes, format, limits);
    },
    folder: (path, signal) => readFolder(path, policy.roots, limits, signal),
    git: (url, ref, signal) => readGit(url, ref, policy, limits, signal),
    admit(source) {
      if (source.kind === 'folder') checkBelow(source.path, policy.roots, 'source.path');
      if (source.kind === 'git') admitGitUrl(source.url, policy);
    },
  };
}
