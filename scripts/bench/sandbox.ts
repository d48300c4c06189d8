import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BubblewrapSandbox } from '../../src/adapters/sandbox/bubblewrap/bubblewrap.js';
import { PlainSandbox } from '../../src/adapters/sandbox/plain/plain.js';
import { messageOf } from '../../src/core/errors.js';
import type { Sandbox } from '../../src/adapters/sandbox/port.js';
import { spread } from './lab.js';

/** The limit that an endless loop runs into, in ms. */
const WALL_MS = 300;

/**
 * What a sandboxed start costs over a plain one (`node -e 0`, in turns within one run), and how long after its limit
 * an endless loop with a child is gone and reported, in ms.
 */
export async function benchSandbox(rounds: number) {
  const workDir = await mkdtemp(join(tmpdir(), 'atelier-sandbox-'));
  const plain = new PlainSandbox({ allowedHashes: new Set(), allowAnything: true });
  const bubblewrap = new BubblewrapSandbox();
  const figures = { plain: [] as number[], bubblewrap: [] as number[] };
  const overhead: number[] = [];
  const kill: number[] = [];
  try {
    try {
      await bubblewrap.probe();
    } catch (error) {
      return { skipped: messageOf(error) };
    }
    for (let round = 0; round < rounds; round += 1)
      for (const [name, sandbox] of [
        ['plain', plain],
        ['bubblewrap', bubblewrap],
      ] as const)
        figures[name].push(await timed(sandbox, workDir));
    for (const [round, boxed] of figures.bubblewrap.entries())
      overhead.push(boxed - (figures.plain[round] ?? 0));
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      await bubblewrap.run({ workDir, command: () => ['node', '-e', LOOP], limits: { wallMs: WALL_MS } });
      kill.push(performance.now() - started - WALL_MS);
    }
    const bare = spread(figures.plain);
    const boxed = spread(figures.bubblewrap);
    return {
      plainMs: bare,
      bubblewrapMs: boxed,
      overheadMs: spread(overhead),
      killAfterLimitMs: spread(kill),
    };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

const LOOP = `require('node:child_process').spawn(process.execPath, ['-e', 'for (;;);']); for (;;);`;

/** One run of `node -e 0`, from the call to its answer, in ms. */
async function timed(sandbox: Sandbox, workDir: string): Promise<number> {
  const started = performance.now();
  await sandbox.run({ workDir, command: () => ['node', '-e', '0'] });
  return performance.now() - started;
}
