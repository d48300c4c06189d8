import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an answer ends: `refused` is the provider's own word for an answer it withholds. */
export type WireStop = 'complete' | 'length' | 'refused';

/** How a provider's server behaves: as it should, or one of the ways in which they fail. */
export type WireBehaviour =
  | { kind: 'answer'; text: string[]; stop?: WireStop; cacheWrites?: number }
  /** Sends the text and closes in the middle of the stream, in good order as far as HTTP is concerned. */
  | { kind: 'truncate'; text: string[] }
  /** Sends the text and breaks the connection. */
  | { kind: 'cut'; text: string[] }
  /** Sends a stream that is framed as it should be, of things that are not JSON. */
  | { kind: 'garbage' }
  /** Refuses with an HTTP status and the provider's own error body, which echoes the key. */
  | { kind: 'refuse'; status: number; message: string; headers?: Record<string, string> }
  /** Begins to answer, and then neither goes on nor hangs up. */
  | { kind: 'stall'; text: string[] }
  /** Accepts the request and never says anything. */
  | { kind: 'hang' };

/** A request as it came over the wire. */
export interface WireRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** A provider's protocol: how it frames an answer, its end and an error. */
export interface WireDialect {
  contentType: string;
  /** The frames of the text. `cacheWrites` of the input's 11 tokens are told as newly cached, where that is told. */
  frames(text: string[], cacheWrites?: number): string[];
  /** The frames that tell the stop reason and the usage: 11 tokens in, 7 out, and 4 of the input cached if known. */
  ending(stop: WireStop): string[];
  /** @param retryAfter seconds to wait, for protocols that tell them in the body */
  refusal(status: number, message: string, retryAfter?: string): string;
}

const sse = (data: unknown, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

const openaiChunk = (choice: Record<string, unknown>) =>
  sse({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, ...choice }],
  });

const googleUsage = (written: number, thoughts = 0) => ({
  promptTokenCount: 11,
  candidatesTokenCount: written,
  thoughtsTokenCount: thoughts,
  totalTokenCount: 11 + written + thoughts,
  cachedContentTokenCount: 4,
});

/** Each protocol's words. Ollama has none for refusing: its models say so in prose. */
const STOPS: Record<'openai' | 'anthropic' | 'google' | 'ollama', Record<WireStop, string>> = {
  openai: { complete: 'stop', length: 'length', refused: 'content_filter' },
  anthropic: { complete: 'end_turn', length: 'max_tokens', refused: 'refusal' },
  google: { complete: 'STOP', length: 'MAX_TOKENS', refused: 'SAFETY' },
  ollama: { complete: 'stop', length: 'length', refused: 'stop' },
};

/** The protocols of the providers' own chat endpoints, by provider id. */
export const DIALECTS: Record<string, WireDialect> = {
  openai: {
    contentType: 'text/event-stream',
    frames: (text) =>
      text.map((content) => openaiChunk({ delta: { role: 'assistant', content }, finish_reason: null })),
    ending: (stop) => [
      openaiChunk({ delta: {}, finish_reason: STOPS.openai[stop] }),
      sse({
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [],
        usage: {
          prompt_tokens: 11,
          completion_tokens: 7,
          total_tokens: 18,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      }),
      'data: [DONE]\n\n',
    ],
    refusal: (_status, message) => JSON.stringify({ error: { message, type: 'error', code: null } }),
  },
  anthropic: {
    contentType: 'text/event-stream',
    frames: (text, cacheWrites = 0) => [
      sse(
        {
          type: 'message_start',
          message: {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            model: 'm',
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage: {
              input_tokens: 7 - cacheWrites,
              output_tokens: 0,
              cache_read_input_tokens: 4,
              cache_creation_input_tokens: cacheWrites,
            },
          },
        },
        'message_start',
      ),
      sse(
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        'content_block_start',
      ),
      ...text.map((piece) =>
        sse(
          { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } },
          'content_block_delta',
        ),
      ),
    ],
    ending: (stop) => [
      sse({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
      sse(
        {
          type: 'message_delta',
          delta: { stop_reason: STOPS.anthropic[stop], stop_sequence: null },
          usage: { output_tokens: 7 },
        },
        'message_delta',
      ),
      sse({ type: 'message_stop' }, 'message_stop'),
    ],
    refusal: (status, message) =>
      JSON.stringify({
        type: 'error',
        error: { type: status === 401 ? 'authentication_error' : 'api_error', message },
      }),
  },
  'google-genai': {
    contentType: 'text/event-stream',
    frames: (text) =>
      text.map((piece, n) =>
        sse({
          candidates: [{ index: 0, content: { role: 'model', parts: [{ text: piece }] } }],
          // Every chunk has the totals so far; thoughts are in the last of them alone.
          usageMetadata: googleUsage(Math.min(n, 5)),
        }),
      ),
    ending: (stop) => [
      sse({
        candidates: [
          {
            index: 0,
            content: { role: 'model', parts: [{ text: '' }] },
            finishReason: STOPS.google[stop],
          },
        ],
        usageMetadata: googleUsage(5, 2),
      }),
    ],
    refusal: (status, message, retryAfter) => {
      const type = 'type.googleapis.com/google.rpc.RetryInfo';
      const details = retryAfter && [{ '@type': type, retryDelay: `${retryAfter}s` }];
      return JSON.stringify({
        error: { code: status, message, status: 'ERROR', ...(details && { details }) },
      });
    },
  },
  ollama: {
    contentType: 'application/x-ndjson',
    frames: (text) =>
      text.map(
        (content) =>
          `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, done: false })}\n`,
      ),
    ending: (stop) => [
      `${JSON.stringify({
        model: 'm',
        created_at: '2026-01-01T00:00:00Z',
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: STOPS.ollama[stop],
        prompt_eval_count: 11,
        eval_count: 7,
      })}\n`,
    ],
    refusal: (_status, message) => JSON.stringify({ error: message }),
  },
};

export interface WireServer {
  url: string;
  /** What was asked so far, in order. */
  requests: WireRequest[];
  /** How often a client hung up before its answer was complete. */
  hangUps: number;
  /** Sets what happens next; a list is used up from the front, its last entry staying. */
  behave(...next: WireBehaviour[]): void;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function reply(dialect: WireDialect, behaviour: WireBehaviour, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'hang':
      return;
    case 'refuse':
      response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
      response.end(dialect.refusal(behaviour.status, behaviour.message, behaviour.headers?.['retry-after']));
      return;
    case 'stall':
      response.writeHead(200, { 'content-type': dialect.contentType });
      for (const frame of dialect.frames(behaviour.text)) response.write(frame);
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': dialect.contentType });
      response.write(dialect.frames(behaviour.text).join(''), () => response.destroy());
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': dialect.contentType });
      response.end(dialect.contentType.includes('ndjson') ? '{"half\n' : 'data: {"half\n\n');
      return;
    case 'truncate':
    case 'answer': {
      response.writeHead(200, { 'content-type': dialect.contentType });
      const written = behaviour.kind === 'answer' ? behaviour.cacheWrites : 0;
      for (const frame of dialect.frames(behaviour.text, written)) response.write(frame);
      if (behaviour.kind === 'answer')
        for (const frame of dialect.ending(behaviour.stop ?? 'complete')) response.write(frame);
      response.end();
    }
  }
}

/** A server on 127.0.0.1 that speaks one provider's protocol and behaves as it is told. */
export async function startWireServer(dialect: WireDialect): Promise<WireServer> {
  let queue: WireBehaviour[] = [{ kind: 'answer', text: ['ok'] }];
  const requests: WireRequest[] = [];
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) wire.hangUps += 1;
    });
    readBody(request).then(
      (body) => {
        requests.push({ path: request.url ?? '', headers: request.headers, body });
        const next = queue.length > 1 ? queue.shift() : queue[0];
        reply(dialect, next ?? { kind: 'hang' }, response);
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: WireServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    hangUps: 0,
    behave: (...next) => void (queue = next),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return wire;
}
