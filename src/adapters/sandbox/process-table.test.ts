import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { HOST_PATH, findExecutable } from './environment.js';
import { listProcesses, listThroughPs, parsePs, readProcess, residentBytes } from './process-table.js';

const ps = findExecutable('ps', HOST_PATH) !== undefined;

describe('the process table', () => {
  (ps ? it : it.skip)(
    `tells the same of a process through ps as through /proc${ps ? '' : ' (skipped: there is no ps here)'}`,
    async () => {
      const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' });
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      const find = (entries: { pid: number }[]) => entries.find(({ pid }) => pid === child.pid);
      const expected = { pid: child.pid, parent: process.pid, group: child.pid };
      expect(find(await listThroughPs())).toMatchObject(expected);
      expect(find(await listProcesses())).toMatchObject(expected);
      child.kill('SIGKILL');
      await ended;
      expect(find(await listThroughPs())).toBeUndefined();
      expect(readProcess(child.pid ?? 0)).toBeUndefined();
    },
  );

  it('leaves zombies and headings out of what ps prints', () => {
    expect(parsePs('  PID PPID PGID SESS STAT\n 10 1 10 0 S\n 11 10 10 7f9a Z\n 12 10 10 7 R+\n')).toEqual([
      { pid: 10, parent: 1, group: 10, session: 0, startedAt: '' },
      { pid: 12, parent: 10, group: 10, session: 7, startedAt: '' },
    ]);
  });

  it('counts memory of its own that a process has touched', async () => {
    // A process of its own: what this one has let go of, it may take up again without growing.
    const child = spawn(process.execPath, [
      '-e',
      `process.stdin.once('data', () => { globalThis.held = Buffer.alloc(${50 * 1024 ** 2}, 1); console.log('held'); });
       console.log('ready');`,
    ]);
    await once(child.stdout, 'data');
    const before = await residentBytes([child.pid ?? 0]);
    child.stdin.write('hold it');
    await once(child.stdout, 'data');
    const after = await residentBytes([child.pid ?? 0]);
    child.kill('SIGKILL');
    expect(after - before).toBeGreaterThan(40 * 1024 ** 2);
    expect(await residentBytes([])).toBe(0);
  });
});
