import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BubblewrapSandbox } from '../../src/adapters/sandbox/bubblewrap/bubblewrap.js';
import { PlainSandbox } from '../../src/adapters/sandbox/plain/plain.js';
import { messageOf } from '../../src/core/errors.js';
import { spread } from './lab.js';

/** What a sandboxed start costs over a plain one: `node -e 0`, in turns within one run, in ms. */
export async function benchSandbox(rounds: number) {
  const workDir = await mkdtemp(join(tmpdir(), 'atelier-sandbox-'));
  const plain = new PlainSandbox({ allowedHashes: new Set(), allowAnything: true });
  const bubblewrap = new BubblewrapSandbox();
  const figures = { plain: [] as number[], bubblewrap: [] as number[] };
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
        figures[name].push((await sandbox.run({ workDir, command: () => ['node', '-e', '0'] })).durationMs);
    const bare = spread(figures.plain);
    const boxed = spread(figures.bubblewrap);
    return {
      plainMs: bare,
      bubblewrapMs: boxed,
      overheadP50Ms: Math.round((boxed.p50 - bare.p50) * 10) / 10,
    };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
