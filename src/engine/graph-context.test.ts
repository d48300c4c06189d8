import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import type { RunnableConfig } from '@langchain/core/runnables';
import { Annotation, Command, END, MemorySaver, START, StateGraph } from '@langchain/langgraph/web';
import { describe, expect, it } from '@jest/globals';
import { waitAtGate } from './graph-context.js';
import type { RunnableGraph } from './graph-kind.js';

const State = Annotation.Root({
  said: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});
type State = typeof State.State;

/** Waits at a gate in the middle of its work, and says what came back. */
const asks = (gate: string) => async (_state: State, config: RunnableConfig) => {
  await delay(1);
  const { decision } = waitAtGate(config, { gate, artifacts: [] });
  return { said: [`${gate}: ${decision}`] };
};

describe('the context of a graph', () => {
  it('reaches a gate however late in a node it stands, and in many graphs at once', async () => {
    const graph: RunnableGraph = new StateGraph(State)
      .addNode('first', asks('first'))
      .addNode('second', asks('second'))
      .addEdge(START, 'first')
      .addEdge('first', 'second')
      .addEdge('second', END)
      .compile({ checkpointer: new MemorySaver() });
    const carry = async (thread: string) => {
      const config = { configurable: { thread_id: thread } };
      let input: unknown = {};
      for (;;) {
        await graph.invoke(input, config);
        const { tasks, values } = await graph.getState(config);
        const [pending] = tasks.flatMap(({ interrupts }) => interrupts);
        if (pending?.id === undefined) return (values as State).said;
        const { gate } = pending.value as { gate: string };
        const verdict = { decision: `${gate} of ${thread}`, artifacts: [] };
        input = new Command({ resume: { [pending.id]: verdict } });
      }
    };
    const threads = Array.from({ length: 20 }, (_, nth) => `t${nth}`);
    expect(await Promise.all(threads.map(carry))).toEqual(
      threads.map((thread) => [`first: first of ${thread}`, `second: second of ${thread}`]),
    );
  });

  it('is over when the call is, also when that threw', () => {
    const { getInstance, runWithConfig } = bound();
    expect(() =>
      runWithConfig({}, () => {
        throw new Error('in between');
      }),
    ).toThrow('in between');
    expect(getInstance().getStore()).toBeUndefined();
    expect(() => getInstance().enterWith({})).toThrow(/no context variables/);
  });

  it('is not told of every promise in a worker: nothing there sets up an AsyncLocalStorage', async () => {
    expect(bound().getInstance()).not.toBeInstanceOf(AsyncLocalStorage);
    const app = new URL('../../dist/src/app.js', import.meta.url).href;
    const script = `
      await import(${JSON.stringify(app)});
      const { AsyncLocalStorageProviderSingleton: context } = await import('@langchain/core/singletons');
      process.stdout.write(context.getInstance().constructor.name);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    );
    expect(stdout).toBe('CallContext');
  });
});

function bound() {
  const context = AsyncLocalStorageProviderSingleton;
  return {
    getInstance: context.getInstance.bind(context),
    runWithConfig: context.runWithConfig.bind(context),
  };
}
