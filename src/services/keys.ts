import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ConflictError, NotFoundError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { SecretBox, SecretPlace } from '../core/secret-box.js';
import { repositories } from '../db/repositories/index.js';
import { checked, requireRole, type Caller } from './sessions.js';

/** A key as an administrator gives it. */
export const apiKeyInput = z.strictObject({
  apiKey: z
    .string()
    .trim()
    .min(4, 'is too short for a key')
    .max(4096, 'is longer than 4096 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces: check for line breaks from copying'),
});

/** Of shorter keys nothing is shown: four characters would be too much of them. */
const SHOWABLE_LENGTH = 16;
const BATCH = 50;
/** Of the rotation; any number that no other part uses. */
const ADVISORY_LOCK = 7302413;

/** What may be known of a profile's stored key. */
export interface KeyInfo {
  profile: string;
  provider: string;
  stored: boolean;
  /** Its last four characters; null when none is stored, or it is too short to show any. */
  lastFour: string | null;
}

/** How a rotation went. */
export interface RotationReport {
  /** The root key that everything readable is sealed under now. */
  kid: string;
  /** Sealed again by this call. */
  rotated: number;
  /** All sealed values there are. */
  total: number;
  /** Values that could not be opened, and so keep their old seal. */
  failed: { table: string; row: string; problem: string }[];
  /** False when it was stopped; the next call goes on. */
  finished: boolean;
}

/** Keys at rest: set, cleared and rotated by administrators, opened only for the model call that needs one. */
export class KeyService {
  constructor(
    private readonly dataSource: DataSource,
    /** Undefined where no root keys are configured: nothing can be stored then. */
    private readonly box: SecretBox | undefined,
    private readonly log: Logger,
  ) {}

  /**
   * Stores the key with which a profile calls its provider. It is bound to that provider.
   * @throws ConflictError `root_keys_missing` when there are no root keys to seal it under
   * @throws NotFoundError when there is no such profile
   */
  async setKey(caller: Caller, profile: string, apiKey: string): Promise<KeyInfo> {
    requireRole(caller, 'admin');
    const wish = checked(apiKeyInput, { apiKey });
    const box = this.requireBox();
    await this.dataSource.transaction(async (manager) => {
      const provider = await lockedProvider(manager, profile);
      await repositories(manager).settings.updateAgent(profile, {
        apiKeyEncrypted: box.seal(wish.apiKey, { table: 'agent_settings', row: profile, provider }),
        apiKeyLastFour: wish.apiKey.length >= SHOWABLE_LENGTH ? wish.apiKey.slice(-4) : null,
      });
      await this.audit(manager, caller, 'set key', { profile, provider });
    });
    return this.info(profile);
  }

  /** Forgets a profile's key: the environment's is used again. @throws NotFoundError when there is no such profile */
  async clearKey(caller: Caller, profile: string): Promise<KeyInfo> {
    requireRole(caller, 'admin');
    await this.dataSource.transaction(async (manager) => {
      const provider = await lockedProvider(manager, profile);
      await repositories(manager).settings.updateAgent(profile, {
        apiKeyEncrypted: null,
        apiKeyLastFour: null,
      });
      await this.audit(manager, caller, 'clear key', { profile, provider });
    });
    return this.info(profile);
  }

  /** What may be known of a profile's key. @throws NotFoundError when there is no such profile */
  async info(profile: string): Promise<KeyInfo> {
    const { settings, secrets } = repositories(this.dataSource.manager);
    const agent = await settings.agent(profile);
    if (!agent) throw new NotFoundError('profile', profile);
    return {
      profile,
      provider: agent.provider,
      stored: (await secrets.profileKey(profile)) !== null,
      lastFour: agent.apiKeyLastFour,
    };
  }

  /**
   * The profile's own key for a provider, or undefined when it has none for this one.
   * @throws SecretError when there is one that cannot be opened: never a silent fall back to another account's key
   * @throws ConflictError `root_keys_missing` when there is one and no root keys
   */
  async keyFor(profile: string, provider: string): Promise<string | undefined> {
    const found = await repositories(this.dataSource.manager).secrets.profileKey(profile);
    if (!found || found.place.provider !== provider) return undefined;
    return this.requireBox().open(found.sealed, found.place);
  }

  /** Seals a value that another service keeps in a column that rotation knows. @throws ConflictError `root_keys_missing` without root keys */
  seal(plain: string, place: SecretPlace): string {
    return this.requireBox().seal(plain, place);
  }

  /** Opens what `seal` gave. @throws SecretError when it was changed, moved, or its root key is gone */
  open(sealed: string, place: SecretPlace): string {
    return this.requireBox().open(sealed, place);
  }

  /** How many secrets there are, and how many are not under the first root key. @throws ConflictError `root_keys_missing` without root keys */
  async standing(): Promise<{ total: number; stale: number }> {
    return repositories(this.dataSource.manager).secrets.count(this.requireBox().currentKid);
  }

  /**
   * Seals every stored secret again under the first root key, in small transactions, so that it can be stopped or
   * killed at any point and called again: what is under that key already is left alone.
   * @param options.signal stops it after the batch at hand
   * @param options.onProgress hears how many of how many are done after each batch
   * @throws ConflictError `rotation_running` while another process rotates
   */
  async rotateKeys(
    caller: Caller,
    options: {
      signal?: AbortSignal;
      onProgress?: (done: number, total: number) => void;
      batch?: number;
    } = {},
  ): Promise<RotationReport> {
    requireRole(caller, 'admin');
    const box = this.requireBox();
    const holder = this.dataSource.createQueryRunner();
    try {
      const [lock] = (await holder.query(`SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS taken`)) as {
        taken: boolean;
      }[];
      if (!lock?.taken)
        throw new ConflictError('rotation_running', 'Another process is rotating keys. Wait for it to end.', {
          retryable: true,
        });
      try {
        return await this.rotate(caller, box, options);
      } finally {
        await holder.query(`SELECT pg_advisory_unlock(${ADVISORY_LOCK})`);
      }
    } finally {
      await holder.release();
    }
  }

  private async rotate(
    caller: Caller,
    box: SecretBox,
    options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void; batch?: number },
  ): Promise<RotationReport> {
    const kid = box.currentKid;
    const { total, stale } = await repositories(this.dataSource.manager).secrets.count(kid);
    const report: RotationReport = { kid, rotated: 0, total, failed: [], finished: false };
    let after = { table: '', row: '' };
    while (!options.signal?.aborted) {
      const last = await this.dataSource.transaction((manager) =>
        this.rotateBatch(manager, box, after, options.batch ?? BATCH, report),
      );
      if (!last) {
        report.finished = true;
        break;
      }
      after = last;
      options.onProgress?.(total - stale + report.rotated, total);
    }
    this.log.info({ kid, rotated: report.rotated, failed: report.failed.length }, 'secrets sealed again');
    await this.audit(this.dataSource.manager, caller, 'rotate keys', { ...report }, 'keys_rotated');
    return report;
  }

  private async rotateBatch(
    manager: EntityManager,
    box: SecretBox,
    after: Pick<SecretPlace, 'table' | 'row'>,
    limit: number,
    report: RotationReport,
  ): Promise<SecretPlace | undefined> {
    const { secrets } = repositories(manager);
    const batch = await secrets.takeStale(report.kid, after, limit);
    for (const value of batch) {
      let sealed: string;
      try {
        sealed = box.seal(box.open(value.sealed, value.place), value.place);
      } catch (error) {
        const { table, row } = value.place;
        report.failed.push({ table, row, problem: messageOf(error) });
        continue;
      }
      if (await secrets.replace(value, sealed)) report.rotated += 1;
    }
    return batch.at(-1)?.place;
  }

  private requireBox(): SecretBox {
    if (this.box) return this.box;
    throw new ConflictError(
      'root_keys_missing',
      'There is no root key to keep secrets under: set ATELIER_SECRET_KEYS to "k1:" followed by the output of "openssl rand -base64 32".',
      { details: { variable: 'ATELIER_SECRET_KEYS' } },
    );
  }

  private async audit(
    manager: EntityManager,
    caller: Caller,
    userAction: string,
    details: Record<string, unknown>,
    eventType: 'key_changed' | 'keys_rotated' = 'key_changed',
  ): Promise<void> {
    await repositories(manager).audit.append([
      { eventType, userId: caller.userId, userAction, details, ipAddress: caller.ip ?? null },
    ]);
  }
}

/** The profile's provider, its row locked, so that a key is never sealed for one that changes meanwhile. */
async function lockedProvider(manager: EntityManager, profile: string): Promise<string> {
  const agent = await repositories(manager).settings.lockAgent(profile);
  if (!agent) throw new NotFoundError('profile', profile);
  return agent.provider;
}
