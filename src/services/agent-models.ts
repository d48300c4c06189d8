import type { DataSource } from 'typeorm';
import type { ModelCall, ModelCatalog, ModelClient, ModelRef, ModelReply } from '../adapters/llm/port.js';
import { sleep } from '../core/clock.js';
import { AppError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { repositories } from '../db/repositories/index.js';

/** Waits between tries of a call that may succeed later, in ms; jitter of up to half is added. */
const RETRY_WAITS = [500, 2000, 6000];

/** Which model each agent profile uses, and the one function through which every model call goes. */
export class AgentModels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalog: ModelCatalog,
    /** ATELIER_MODEL: it overrides every profile's own setting. */
    private readonly override: ModelRef | undefined,
    private readonly log: Logger,
  ) {}

  /**
   * The profile's model: ATELIER_MODEL, else the profile's settings if that provider can be used here, else
   * the catalog's default (a configured provider, or the rehearsal).
   * @throws ConfigError when the model cannot be set up
   */
  async refFor(profile: string): Promise<ModelRef> {
    if (this.override) return this.override;
    const settings = await repositories(this.dataSource.manager).settings.agents();
    const own = settings.find(({ profileName }) => profileName === profile);
    if (own?.model && this.catalog.available(own.provider))
      return { provider: own.provider, model: own.model };
    return this.catalog.defaultRef();
  }

  /** The client for the profile's model. */
  async clientFor(profile: string): Promise<ModelClient> {
    return this.catalog.client(await this.refFor(profile));
  }

  /**
   * Makes one model call, tried again with backoff while the provider says that it may succeed later.
   * @throws ModelCallError when it fails for good or stays away
   */
  async call(client: ModelClient, call: ModelCall): Promise<ModelReply> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await client.call(call);
      } catch (error) {
        const wait = RETRY_WAITS[attempt];
        const retryable = error instanceof AppError && error.retryable;
        if (!retryable || wait === undefined || call.signal?.aborted) throw error;
        this.log.warn(
          { ...client.ref, attempt: attempt + 1, error: messageOf(error) },
          'model call will be retried',
        );
        await sleep(wait * (1 + Math.random() / 2), call.signal);
      }
    }
  }
}
