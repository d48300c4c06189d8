import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sleep } from '../../core/clock.js';
import { ValidationError } from '../../core/errors.js';
import type { Sandbox, SandboxResult, SandboxRun } from './port.js';

export interface ConformanceOptions {
  /** Whether the driver leaves memory and processes to an engine that is not there in this test. */
  limitsByEngine?: boolean;
}

const MEGABYTE = 1024 ** 2;

/** Appends to a file every 20 ms, for as long as it lives (30 s at most, should it get away). */
const BEAT = 'i=0; while [ $i -lt 1500 ]; do echo x >> beat; i=$((i+1)); sleep 0.02; done';

/**
 * What every driver has to do, as tests. Call it inside a driver's test file.
 * @param name how the tests call the driver
 * @param makeSandbox makes a sandbox that may run anything
 */
export function sandboxConformance(
  name: string,
  makeSandbox: () => Sandbox,
  options: ConformanceOptions = {},
): void {
  describe(`the ${name} sandbox, as every sandbox`, () => {
    const sandbox = makeSandbox();
    let root: string;
    let workDir: string;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'atelier-conformance-'));
      workDir = join(root, 'work');
      await mkdir(workDir);
    });
    afterEach(async () => {
      delete process.env.ATELIER_TEST_SECRET;
      await rm(root, { recursive: true, force: true });
    });

    const run = (command: string[], more: Partial<SandboxRun> = {}): Promise<SandboxResult> =>
      sandbox.run({ workDir, command: () => command, ...more });
    const shell = (script: string, more: Partial<SandboxRun> = {}) => run(['sh', '-c', script], more);
    const node = (script: string, more: Partial<SandboxRun> = {}) => run(['node', '-e', script], more);
    /** Whether the heartbeat has begun and is over. */
    const beatIsOver = async () => {
      const before = (await stat(join(workDir, 'beat'))).size;
      await sleep(300);
      return before > 0 && (await stat(join(workDir, 'beat'))).size === before;
    };

    it('runs a command in the work folder and returns its exit code and output', async () => {
      await writeFile(join(workDir, 'hello.txt'), 'hello');
      const result = await shell('cat hello.txt; exit 7');
      expect(result).toMatchObject({ exitCode: 7, signal: null, stoppedBy: null, output: 'hello' });
    });

    it('knows its own Node.js by the name "node", of at least version 20', async () => {
      const { output } = await node('console.log(process.versions.node)');
      expect(Number.parseInt(output, 10)).toBeGreaterThanOrEqual(20);
    });

    it('tells which signal ended a command', async () => {
      expect(await shell('kill -KILL $$')).toMatchObject({
        exitCode: null,
        signal: 'SIGKILL',
        stoppedBy: null,
      });
    });

    it('keeps stdout and stderr in the order in which they were written', async () => {
      const { output } = await shell('for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done');
      expect(output).toBe([1, 2, 3, 4, 5].map((i) => `out ${i}\nerr ${i}\n`).join(''));
    });

    it('hands over variables of the run and nothing of our own environment', async () => {
      process.env.ATELIER_TEST_SECRET = 'do-not-leak';
      const { output } = await node('console.log(JSON.stringify(process.env))', { env: { GIVEN: 'yes' } });
      expect(JSON.parse(output)).toMatchObject({ GIVEN: 'yes', LANG: 'C.UTF-8', TZ: 'UTC' });
      expect(output).not.toContain('do-not-leak');
    });

    it('keeps what the command writes to the work folder', async () => {
      await shell('mkdir -p made && echo content > made/file.txt');
      expect(await readFile(join(workDir, 'made', 'file.txt'), 'utf8')).toBe('content\n');
    });

    it('gives the command our tools to read and a results folder to write', async () => {
      const toolsDir = join(root, 'tools');
      const resultsDir = join(root, 'results');
      await mkdir(toolsDir);
      await mkdir(resultsDir);
      await writeFile(join(toolsDir, 'tool.txt'), 'from the tool');
      const result = await sandbox.run({
        workDir,
        toolsDir,
        resultsDir,
        command: ({ tools, results }) => ['sh', '-c', `cp ${tools}/tool.txt ${results}/report.txt`],
      });
      expect(result).toMatchObject({ exitCode: 0, output: '' });
      expect(await readFile(join(resultsDir, 'report.txt'), 'utf8')).toBe('from the tool');
      expect(await readdir(workDir)).toEqual([]);
    });

    it('gives the command an empty stdin', async () => {
      expect(await shell('cat; echo end')).toMatchObject({ exitCode: 0, output: 'end\n' });
    });

    it('lets a program talk to itself over the loopback', async () => {
      const { output } = await node(`
        const server = require('node:http').createServer((q, r) => r.end('served')).listen(0, '127.0.0.1', async () => {
          const answer = await fetch('http://localhost:' + server.address().port);
          console.log(await answer.text());
          process.exit(0);
        });`);
      expect(output).toBe('served\n');
    });

    it('ends the whole tree when the wall time is over', async () => {
      const result = await shell(`echo started; (${BEAT}) & (setsid sh -c '${BEAT}' &) ; sleep 30`, {
        limits: { wallMs: 700 },
      });
      expect(result).toMatchObject({ stoppedBy: 'wall_time', output: 'started\n' });
      expect(await beatIsOver()).toBe(true);
    });

    it('ends what a command left in the background', async () => {
      const result = await shell(`(setsid sh -c '${BEAT}' >/dev/null 2>&1 &); sleep 0.3; echo done`);
      expect(result).toMatchObject({ exitCode: 0, stoppedBy: null, output: 'done\n' });
      expect(await beatIsOver()).toBe(true);
    });

    it('stops a flood of output and keeps what fits', async () => {
      const result = await shell('yes é | head -c 50000000; sleep 30', { limits: { outputBytes: 100_000 } });
      expect(result.stoppedBy).toBe('output');
      // "é" and the line break are three bytes: the cut goes through a character, which is left out.
      expect(result.output).toBe('é\n'.repeat(33_333));
    });

    it('stops a run that fills the disk with many files', async () => {
      const result = await node(
        `const fs = require('node:fs'); const bytes = Buffer.alloc(${MEGABYTE}, 1); let i = 0;
         setInterval(() => { if (i < 300) fs.writeFileSync('file' + i++, bytes); }, 5);`,
        { limits: { workDirBytes: 8 * MEGABYTE } },
      );
      expect(result.stoppedBy).toBe('disk');
    });

    it('stops a run when its signal aborts', async () => {
      const abort = new AbortController();
      const running = shell(BEAT, { signal: abort.signal });
      setTimeout(() => abort.abort(), 400);
      expect((await running).stoppedBy).toBe('aborted');
      expect(await beatIsOver()).toBe(true);
    });

    it('does not start at all when its signal has aborted before', async () => {
      const result = await shell('touch started', { signal: AbortSignal.abort() });
      expect(result).toMatchObject({ stoppedBy: 'aborted', exitCode: null, output: '' });
      expect(await readdir(workDir)).toEqual([]);
    });

    it('removes a .git folder that the code made, since git would run programs from it', async () => {
      const result = await shell('mkdir .git && echo "[core] fsmonitor=./evil" > .git/config && ls -A');
      expect(result.output).toBe('.git\n');
      expect(await readdir(workDir)).toEqual([]);
    });

    it('refuses a relative or missing work folder, and an empty command', async () => {
      await expect(shell('true', { workDir: 'relative' })).rejects.toThrow(ValidationError);
      await expect(shell('true', { workDir: join(root, 'missing') })).rejects.toThrow('workDir');
      await expect(run([])).rejects.toThrow('command');
    });

    if (options.limitsByEngine) return;

    it('stops a run that takes too much memory, and says how much it had', async () => {
      const result = await node(
        `const held = []; setInterval(() => { if (held.length < 40) held.push(Buffer.alloc(${20 * MEGABYTE}, 1)); }, 10);`,
        { limits: { memoryBytes: 200 * MEGABYTE } },
      );
      expect(result.stoppedBy).toBe('memory');
      expect(result.peakMemoryBytes).toBeGreaterThan(200 * MEGABYTE);
    });

    it('stops a run that starts too many processes', async () => {
      const result = await shell(
        // The crowd waits for the first beat: on a busy machine the limit may else stop the run before it.
        `(${BEAT}) & while ! [ -s beat ]; do sleep 0.02; done; i=0; while [ $i -lt 300 ]; do sleep 30 & i=$((i+1)); done; wait`,
        {
          limits: { processes: 20 },
        },
      );
      expect(result.stoppedBy).toBe('processes');
      expect(await beatIsOver()).toBe(true);
    });

    it('counts a deleted file that is still open against the disk limit', async () => {
      const result = await node(
        `const fs = require('node:fs'); const bytes = Buffer.alloc(${MEGABYTE}, 1); const files = []; let i = 0;
         for (const name of ['a', 'b', 'c', 'd']) { files.push(fs.openSync(name, 'w')); fs.unlinkSync(name); }
         setInterval(() => { if (i < 28) fs.writeSync(files[i++ % 4], bytes); }, 5);`,
        { limits: { workDirBytes: 16 * MEGABYTE, wallMs: 20_000 } },
      );
      expect(result.stoppedBy).toBe('disk');
    });
  });
}
