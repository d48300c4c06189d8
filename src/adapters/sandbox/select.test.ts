import { describe, expect, it } from '@jest/globals';
import { SandboxError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import { selectSandbox } from './select.js';

const options = {
  image: 'atelier-test/no-such-image:0',
  allowUnsandboxed: false,
  allowedHashes: new Set<string>(),
  logger: silentLogger(),
};

describe('selecting a sandbox', () => {
  it('takes the first driver that proves itself, and says why those before it were passed over', async () => {
    const { sandbox, tried, description } = await selectSandbox({ ...options, driver: 'auto' });
    expect(tried.at(-1)).toEqual({ name: sandbox.name, ok: true });
    for (const trial of tried.slice(0, -1)) {
      expect(trial).toMatchObject({ ok: false, problem: expect.stringMatching(/\w/) });
      expect(description).toContain(`${trial.name}: cannot be used. ${trial.problem}`);
    }
    expect(description).toContain(`${sandbox.name}: in use`);
  });

  it('takes no other driver than the one that was named', async () => {
    const selecting = selectSandbox({ ...options, driver: 'docker' });
    await expect(selecting).rejects.toThrow(SandboxError);
    await expect(selecting).rejects.toMatchObject({ details: { tried: [{ name: 'docker', ok: false }] } });
  });

  it('says loudly when code will run without any isolation', async () => {
    const named = { ...options, driver: 'plain' as const };
    expect((await selectSandbox(named)).description).toMatch(/refuses all other code/);
    const lifted = await selectSandbox({ ...named, allowUnsandboxed: true });
    expect(lifted.description).toMatch(/WITHOUT ANY ISOLATION/);
  });
});
