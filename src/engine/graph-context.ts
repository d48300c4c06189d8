import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import type { RunnableConfig } from '@langchain/core/runnables';
import { interrupt } from '@langchain/langgraph/web';
import type { GateRequest, GateVerdict } from './graph-kind.js';

/** LangChain's implicit context, for as long as a function is on the stack, and no longer. */
class CallContext {
  private store: unknown;

  getStore(): unknown {
    return this.store;
  }

  run<T>(store: unknown, work: () => T): T {
    const before = this.store;
    this.store = store;
    try {
      return work();
    } finally {
      this.store = before;
    }
  }

  /** For variables that outlive a call, which Atelier has none of. */
  enterWith(): void {
    throw new Error('Graphs of Atelier have no context variables: what a node needs comes through its run.');
  }
}

// LangGraph's own entry would put an AsyncLocalStorage here. With one, Node 20 tells every promise of the process
// from birth to end, which takes a fifth of a worker's time; all it is needed for is `interrupt()`, and that is given
// its context below. Whoever imports LangGraph has to do so by its entry "web", which leaves the choice to us.
AsyncLocalStorageProviderSingleton.initializeGlobalInstance(new CallContext());

/**
 * Stops at a gate until people have decided, and gives what they did. Nothing with effects may stand before it in the
 * node: LangGraph runs the node again on resume.
 * @param config the node's second argument
 */
export function waitAtGate(config: RunnableConfig, request: GateRequest): GateVerdict {
  return AsyncLocalStorageProviderSingleton.runWithConfig(config, () =>
    interrupt<GateRequest, GateVerdict>(request),
  );
}
