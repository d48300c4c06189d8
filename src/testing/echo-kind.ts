import { Annotation, END, START, StateGraph } from '@langchain/langgraph/web';
import { z } from 'zod';
import type { GraphKind } from '../engine/graph-kind.js';
import type { Run } from '../engine/run.js';

const EchoState = Annotation.Root({
  turn: Annotation<number>,
  text: Annotation<string>,
  topic: Annotation<string>,
});
type EchoState = typeof EchoState.State;

const listen = () => (state: EchoState) => ({ topic: state.text.split(' ')[0] ?? '' });

const answer = (run: Run) => async (state: EchoState) => {
  await run.step(
    { key: `answer:${state.turn}`, agent: 'echo', phase: 'answer', inputSummary: state.text },
    async (step) => {
      const { value } = await step.ask({
        profile: 'echo',
        task: 'answer',
        schema: z.strictObject({ reply: z.string() }),
        context: [{ tag: 'said', text: state.text }],
      });
      step.say({ content: value.reply, metadata: { topic: state.topic } });
      return {};
    },
  );
  return {};
};

/** A kind of two nodes that answers messages, for tests alone. It stands where `conversation` will. */
export const echoKind: GraphKind<EchoState> = {
  kind: 'conversation',
  label: 'Echo',
  startedBy: 'turns',
  statuses: {
    created: 'active',
    running: 'active',
    waiting: 'active',
    failed: 'expired',
    cancelled: 'completed',
    expired: 'expired',
    stuck: 'active',
    rejected: 'completed',
  },
  transitions: { active: ['completed', 'expired'], completed: [], expired: [] },
  phases: [
    { id: 'listen', label: 'Listen' },
    { id: 'answer', label: 'Answer' },
  ],
  profiles: [{ name: 'echo', label: 'Echo', prompt: new URL('./prompts/echo.md', import.meta.url) }],
  gates: {},
  options: z.strictObject({}),
  graph: (run) =>
    new StateGraph(EchoState)
      .addNode('listen', listen())
      .addNode('answer', answer(run))
      .addEdge(START, 'listen')
      .addEdge('listen', 'answer')
      .addEdge('answer', END),
  input: () => ({ turn: 0, text: '', topic: '' }),
  turn: (_session, message) => ({ turn: message.turnNumber, text: message.content }),
  lastTurn: (state) => state.turn ?? 0,
  view: (state) => ({ phase: 'answer', summary: { turn: state.turn, topic: state.topic } }),
  outcome: () => ({ status: 'active' }),
};
