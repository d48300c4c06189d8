import type { Command } from 'commander';
import type { ExecutionView } from '../../http/presenters/execution.js';
import type { ModelCallView, OpenedCallView } from '../../http/presenters/model-call.js';
import { addCommand, CALL, wholeNumber, type Run } from '../command-line.js';
import { phaseLabel } from '../mission-progress.js';
import type { Output } from '../output.js';
import { count, duration, manyLines, oneLine } from '../text.js';
import { sessionPath } from './following.js';

const ID = '0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22';
const WHOLE = wholeNumber(1, Number.MAX_SAFE_INTEGER);

type ListedCall = ModelCallView & { executionId: number; agent: string };

/** `calls`: what the models of a session were asked and answered. */
export function addCalls(program: Command, run: Run): void {
  addCommand(program, 'calls <session>', {
    about: 'Show what models saw and answered.',
    more: 'Lists the calls with every try; one of them opens with its messages and its reply.',
    examples: [`calls ${ID}`, `calls ${ID} --execution 12`, `calls ${ID} --execution 12 --call 1`],
  })
    .option('--execution <id>', 'only the calls of this execution', WHOLE)
    .option('--call <number>', 'open this call of the execution', WHOLE)
    .action((id: string, options: { json?: boolean; execution?: number; call?: number }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const executions = (await client.list<ExecutionView>(`${sessionPath(id)}/executions`)).filter(
          (one) => options.execution === undefined || one.id === options.execution,
        );
        const only = options.execution ?? executions[0]?.id;
        if (options.call !== undefined && only !== undefined) {
          const opened = await client.get<OpenedCallView>(`/executions/${only}/calls/${options.call}`);
          output.result(opened, () => sayCall(output, opened));
          return;
        }
        const calls: ListedCall[] = [];
        for (const { id: executionId, agent } of executions)
          for (const call of await client.get<ModelCallView[]>(`/executions/${executionId}/calls`))
            calls.push({ ...call, executionId, agent });
        output.result(calls, () => sayCalls(output, calls));
        const [first] = calls;
        if (first && !output.json)
          output.hint(
            `Open one: ${CALL} calls ${id} --execution ${first.executionId} --call ${first.number}`,
          );
      }),
    );
}

function sayCalls(output: Output, calls: readonly ListedCall[]): void {
  output.table(
    ['EXECUTION', 'AGENT', 'CALL', 'MODEL', 'TIME', 'READ', 'CACHED', 'WROTE', 'COST', 'OUTCOME'],
    calls.map((call) => [
      String(call.executionId),
      phaseLabel(call.agent),
      String(call.number),
      oneLine(`${call.provider}:${call.model}`),
      call.endedAt === null ? '' : duration((Date.parse(call.endedAt) - Date.parse(call.startedAt)) / 1000),
      amount(call.inputTokens),
      amount(call.cachedTokens),
      amount(call.outputTokens),
      call.costUsd === null ? '' : `$${call.costUsd.toFixed(4)}`,
      outcomeWords(call),
    ]),
    'No model was called.',
  );
}

function sayCall(output: Output, call: OpenedCallView): void {
  const heading = (text: string): void => output.line(output.style.bold(text));
  output.line(oneLine(`${call.provider}:${call.model}, ${outcomeWords(call)}`));
  if (call.prunedAt !== null) output.hint('What was sent and answered is no longer kept.');
  for (const { role, content } of call.messages ?? []) {
    output.line();
    heading(`── ${oneLine(role)}`);
    const blocks = typeof content === 'string' ? [{ text: content, cache: false }] : content;
    for (const { text, cache } of blocks) {
      output.line(manyLines(text));
      if (cache) output.line(output.style.dim('── to here the provider may cache'));
    }
  }
  if (call.reply === null) return;
  output.line();
  heading('── reply');
  output.line(manyLines(call.reply.text));
}

function outcomeWords(call: ModelCallView): string {
  if (call.error !== null) return `failed: ${oneLine(call.error)}`;
  if (call.replayed) return 'taken over from an earlier run';
  return { reserved: 'under way', settled: 'answered', released: 'not billed', presumed: 'lost' }[
    call.outcome
  ];
}

const amount = (tokens: number | null): string => (tokens === null ? '' : count(tokens));
