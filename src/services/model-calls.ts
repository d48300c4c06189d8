import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { NotFoundError } from '../core/errors.js';
import type { ModelCallEntry } from '../db/entities/model-call-entry.js';
import { repositories } from '../db/repositories/index.js';
import type { Caller, SessionService } from './sessions.js';

/** Text, or pieces of it that say which of them a provider may cache. */
const content = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string(), cache: z.boolean().optional() })),
]);

/** The messages of a call as `UsageService.keep` stored them. */
const sentMessages = z.array(z.looseObject({ role: z.string(), content }));
const keptText = z.looseObject({ text: z.string(), stopReason: z.string().optional() });

/** One message as it was sent. */
export interface SentMessage {
  role: string;
  content: string | { text: string; cache: boolean }[];
}

/** One try of a model call, as the record of an execution has it. */
export interface RecordedCall {
  /** Which try of the execution it is, from 1. */
  number: number;
  /** Whether an earlier execution of the same step made it, and this one took its reply over. */
  replayed: boolean;
  call: ModelCallEntry;
}

/** A recorded call with what was sent and answered; null where it is not kept, or there was none. */
export interface OpenedCall extends RecordedCall {
  messages: SentMessage[] | null;
  reply: { text: string; stopReason: string | null } | null;
}

/** What models were asked and answered, for those who may read the sessions. It holds messages, never keys. */
export class ModelCallService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionService,
    private readonly store: ArtifactStore,
  ) {}

  /**
   * The calls of an execution in order, every try of each.
   * @throws NotFoundError when the caller cannot see such an execution
   */
  async list(caller: Caller, executionId: number): Promise<RecordedCall[]> {
    const { runs, usage } = repositories(this.dataSource.manager);
    const execution = Number.isSafeInteger(executionId) ? await runs.findExecution(executionId) : null;
    if (!execution) throw new NotFoundError('execution', String(executionId));
    await this.sessions.get(caller, execution.sessionId).catch((error: unknown) => {
      throw error instanceof NotFoundError ? new NotFoundError('execution', String(executionId)) : error;
    });
    const calls = await usage.callsOfExecution(execution);
    return calls.map((one, at) => ({ ...one, number: at + 1 }));
  }

  /**
   * One call with the messages as sent and the reply.
   * @param number from 1, as in the list
   * @throws NotFoundError when the caller has no such execution, or it no such call
   */
  async open(caller: Caller, executionId: number, number: number): Promise<OpenedCall> {
    const found = (await this.list(caller, executionId)).find((one) => one.number === number);
    if (!found) throw new NotFoundError('call', String(number));
    const { requestHash, replyHash, bodiesPrunedAt } = found.call;
    if (bodiesPrunedAt !== null) return { ...found, messages: null, reply: null };
    const [messages, reply] = await Promise.all([
      this.read(requestHash, sentMessages),
      this.read(replyHash, keptText),
    ]);
    return {
      ...found,
      messages: messages?.map(shown) ?? null,
      reply: reply && { text: reply.text, stopReason: reply.stopReason ?? null },
    };
  }

  /** What is kept under a hash; null when there is nothing, or nothing any more. */
  private async read<T>(hash: string | null, schema: z.ZodType<T>): Promise<T | null> {
    if (hash === null) return null;
    try {
      return schema.parse(JSON.parse((await this.store.get(hash)).toString('utf8')));
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }
}

function shown({ role, content: said }: z.infer<typeof sentMessages>[number]): SentMessage {
  if (typeof said === 'string') return { role, content: said };
  return { role, content: said.map(({ text, cache }) => ({ text, cache: cache === true })) };
}
