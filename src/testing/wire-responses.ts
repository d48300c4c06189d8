import type { WireDialect, WireStop } from './wire-server.js';

const event = (type: string, data: Record<string, unknown>) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const INCOMPLETE: Partial<Record<WireStop, string>> = {
  length: 'max_output_tokens',
  refused: 'content_filter',
};

/** OpenAI's Responses API, over which LangChain calls the newest of its models. */
export const RESPONSES: WireDialect = {
  contentType: 'text/event-stream',
  frames: (text) => [
    event('response.created', { response: { id: 'resp_1', model: 'm', status: 'in_progress', output: [] } }),
    ...text.map((delta) =>
      event('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta }),
    ),
  ],
  ending: (stop) => {
    const reason = INCOMPLETE[stop];
    const status = reason === undefined ? 'completed' : 'incomplete';
    return [
      event(`response.${status}`, {
        response: {
          id: 'resp_1',
          model: 'm',
          status,
          incomplete_details: reason === undefined ? null : { reason },
          output: [],
          usage: {
            input_tokens: 11,
            output_tokens: 7,
            total_tokens: 18,
            input_tokens_details: { cached_tokens: 4 },
          },
        },
      }),
    ];
  },
  refusal: (_status, message) => JSON.stringify({ error: { message, type: 'error', code: null } }),
};
