import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError, messageOf } from '../../core/errors.js';
import type { Sandbox } from './port.js';

/** Runs inside: tries every way out it is told of, and prints the ones that worked as one line of JSON. */
const ESCAPE = `
const fs = require('node:fs'), net = require('node:net');
const { canary, port, outside } = JSON.parse(process.argv[1]);
const worked = [];
const attempt = (name, way) => { try { way(); worked.push(name); } catch {} };
attempt('read a file outside the work folder', () => fs.readFileSync(canary));
attempt('write a file outside the work folder', () => fs.writeFileSync(outside, 'x'));
attempt('write to /usr', () => { fs.writeFileSync('/usr/.atelier-probe', 'x'); fs.unlinkSync('/usr/.atelier-probe'); });
attempt('change kernel settings', () => fs.accessSync('/proc/sys/kernel/core_pattern', fs.constants.W_OK));
fs.writeFileSync('proof', 'written inside');
const done = () => { console.log('PROBE ' + JSON.stringify(worked)); process.exit(0); };
const socket = net.connect({ port, host: '127.0.0.1', timeout: 2000 });
socket.on('connect', () => { worked.push('connect to a port of the host'); done(); });
socket.on('error', done).on('timeout', done);
`;

/**
 * Puts a canary file and a listening port on the host, and lets a run inside the sandbox try to reach them.
 * @param remedy what to do when it does not hold, ends the error's message
 * @throws SandboxError when the run cannot start, or any way out works
 */
export async function proveIsolation(sandbox: Sandbox, remedy: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'atelier-probe-'));
  const server = createServer((socket) => socket.destroy());
  try {
    const workDir = join(root, 'work');
    await mkdir(workDir);
    const canary = join(root, 'canary');
    await writeFile(canary, 'a sandboxed program must not read this');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const facts = JSON.stringify({ canary, port, outside: join(root, 'outside') });
    const result = await sandbox.run({
      workDir,
      command: () => ['node', '-e', ESCAPE, facts],
      limits: { wallMs: 20_000 },
    });
    const report = /^PROBE (.*)$/m.exec(result.output)?.[1];
    if (report === undefined)
      throw new SandboxError(
        `A trial run in the ${sandbox.name} sandbox did not finish (${result.stoppedBy ?? `exit code ${result.exitCode}`}): ` +
          `${result.output.trim().slice(0, 500)} ${remedy}`,
      );
    const worked = JSON.parse(report) as string[];
    if (worked.length > 0)
      throw new SandboxError(
        `The ${sandbox.name} sandbox does not hold: a program inside could ${worked.join(', and ')}. ${remedy}`,
        { details: { worked } },
      );
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    throw new SandboxError(`The ${sandbox.name} sandbox could not be tried: ${messageOf(error)} ${remedy}`, {
      cause: error,
    });
  } finally {
    server.close();
    await rm(root, { recursive: true, force: true });
  }
}
