import { describe, expect, it } from '@jest/globals';
import { ModelCallError } from '../core/errors.js';
import type { ModelMessage } from '../adapters/llm/port.js';
import { scriptedCatalog, type Script } from './scripted-model.js';

const ask = (task: string): ModelMessage[] => [{ role: 'user', content: `<task>${task}</task>` }];
const client = (script: Script, timeoutMs?: number) => {
  const catalog = scriptedCatalog(script, { timeoutMs });
  return catalog.client(catalog.defaultRef());
};

describe('the scripted model', () => {
  it('answers by task and by the count of its calls, and remembers them', async () => {
    const catalog = scriptedCatalog(({ task, n }) => `${task} ${n}`);
    const texts: string[] = [];
    for (const task of ['write_prd', 'write_code', 'write_prd']) {
      const { text } = await catalog.client(catalog.defaultRef()).call({ messages: ask(task) });
      texts.push(text);
    }
    expect(texts).toEqual(['write_prd 1', 'write_code 1', 'write_prd 2']);
    expect(catalog.calls.map(({ task }) => task)).toEqual(['write_prd', 'write_code', 'write_prd']);
  });

  it('fails with the error it is given, mapped as a provider’s', async () => {
    const overloaded = client(() => Object.assign(new Error('overloaded'), { status: 529 }));
    await expect(overloaded.call({ messages: ask('write_prd') })).rejects.toMatchObject({
      retryable: true,
      details: { reason: 'unavailable' },
    });
    const refused = client(() => Object.assign(new Error('no'), { status: 401 }));
    await expect(refused.call({ messages: ask('write_prd') })).rejects.toMatchObject({ retryable: false });
  });

  it('hangs until the deadline when the script does', async () => {
    const silent = client(() => new Promise<string>(() => undefined), 50);
    const error: unknown = await silent.call({ messages: ask('write_prd') }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ModelCallError);
    expect(error).toMatchObject({ details: { reason: 'timeout' } });
  });

  it('has empty answers refused as every provider has', async () => {
    await expect(client(() => '').call({ messages: ask('write_prd') })).rejects.toMatchObject({
      details: { reason: 'empty' },
    });
  });
});
