import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { approve, startTestApp } from '../../testing/app.js';
import { inFolder } from '../../testing/archives.js';
import { gitIn } from '../../testing/git-repository.js';
import { sumCatalog } from '../../testing/studio-script.js';

const idle = new AbortController().signal;
const testsPass = (folder: string) => execFileSync('node', ['--test'], { cwd: folder, stdio: 'pipe' });

describe('a new project', () => {
  it('can be taken away as a branch and a patch as well, attempt by attempt', async () =>
    inFolder(async (room) => {
      const catalog = sumCatalog({
        write_code: ({ attempt }) => ({
          summary: `Attempt ${attempt}`,
          files: [
            {
              path: 'src/sum.js',
              content: `export const add = (a, b) => a ${attempt === 1 ? '-' : '+'} b;\n`,
            },
          ],
        }),
      });
      const test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
      const caller = await test.person('submitter');
      const { session } = await test.app.sessions.submit(caller, { mission: 'Add two numbers' });
      await expect(test.app.exports.exportAs(caller, session.sessionId, 'git')).rejects.toMatchObject({
        code: 'no_code_yet',
      });
      await test.app.runner.run(session.sessionId, idle);
      await approve(test.app, caller, session.sessionId);
      await test.app.runner.run(session.sessionId, idle);
      const { content } = await test.app.exports.exportAs(caller, session.sessionId, 'git');
      await writeFile(join(room, 'new.bundle'), content);
      await gitIn(room, 'clone', '-q', 'new.bundle', 'cloned');
      testsPass(join(room, 'cloned'));
      expect((await gitIn(join(room, 'cloned'), 'log', '--format=%s')).split('\n')).toHaveLength(2);
      const patch = await test.app.exports.exportAs(caller, session.sessionId, 'patch');
      await writeFile(join(room, 'new.patch'), patch.content);
      await gitIn(room, 'init', '-q', 'empty');
      await gitIn(join(room, 'empty'), 'apply', join(room, 'new.patch'));
      testsPass(join(room, 'empty'));
      await test.close();
    }));
});
