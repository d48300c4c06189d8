import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ValidationError } from '../core/errors.js';
import { repositories } from '../db/repositories/index.js';
import { SettingChangeRepository, type SettingChange } from '../db/repositories/setting-change-repository.js';

/** Every setting of the system: its form, its default, and what it does. Adding one is one line here. */
const SETTINGS = {
  maxIterations: {
    schema: z.number().int().min(1).max(50),
    standard: 3,
    about: 'How often a studio mission may go from QA back to the Engineer before a person has to look.',
  },
  gateTtlHours: {
    schema: z
      .number()
      .min(0.001)
      .max(24 * 365),
    standard: 24 * 7,
    about: 'Hours a gate waits for a decision before the session expires.',
  },
  allowSelfApproval: {
    schema: z.boolean(),
    standard: true,
    about:
      'Whether the owner of a mission may decide its gates, where the policy of the gate does not say. Switch it ' +
      'off for a team; with a single user nobody else could decide.',
  },
  maxRunAttempts: {
    schema: z.number().int().min(1).max(1000),
    standard: 10,
    about: 'How often a session may be taken up again without progress before a person has to look.',
  },
  maxAnswerRetries: {
    schema: z.number().int().min(0).max(10),
    standard: 3,
    about: 'How often a model is asked again when its answer does not validate. Each try is billed.',
  },
  maxAnswerParts: {
    schema: z.number().int().min(1).max(100),
    standard: 12,
    about: 'In how many replies an answer may come that is too long for one. Each is billed.',
  },
  modelTimeoutSeconds: {
    schema: z.number().min(1).max(3600),
    standard: 180,
    about: 'How long one model call may take.',
  },
  contextTokens: {
    schema: z.number().int().min(4000).max(1_000_000),
    standard: 60_000,
    about: 'How much of a project and its history one question to a model may hold, in estimated tokens.',
  },
  modelDeadlineSeconds: {
    schema: z.number().min(1).max(86_400),
    standard: 600,
    about: 'How long one question to a model may take with all its tries, waits and the fallback model.',
  },
  maxOutputTokens: {
    schema: z.number().int().min(256).max(1_000_000),
    standard: 32_000,
    about:
      'The longest answer, in tokens, of calls that a limit in tokens or dollars counts. It is their ceiling.',
  },
  modelPrices: {
    schema: z.record(
      z.string().regex(/^[a-z0-9_-]+:.+$/, 'must be provider:model, or provider:* for all of its models'),
      z.strictObject({
        input: z.number().min(0).max(100_000),
        output: z.number().min(0).max(100_000),
        cacheRead: z.number().min(0).max(100_000).optional(),
        cacheWrite: z.number().min(0).max(100_000).optional(),
      }),
    ),
    standard: {},
    about:
      'Prices in US dollars per million tokens by provider:model, over the price list that Atelier ships with.',
  },
  budgetUsd: {
    schema: z.number().positive().max(1_000_000).nullable(),
    standard: null,
    about: 'US dollars a session may use unless it was given a budget of its own; null is no limit.',
  },
  budgetTokens: {
    schema: z.number().int().positive().max(1_000_000_000_000).nullable(),
    standard: null,
    about: 'Tokens a session may use unless it was given a budget of its own; null is no limit.',
  },
  budgetMinutes: {
    schema: z.number().positive().max(1_000_000).nullable(),
    standard: null,
    about:
      'Minutes a session may run, waiting not counted, unless it was given a budget of its own; null is no limit.',
  },
  budgetIterations: {
    schema: z.number().int().positive().max(10_000).nullable(),
    standard: null,
    about:
      'Rounds between Engineer and QA before a session pauses, unless it was given a budget of its own; null is no limit.',
  },
  requirePromptApproval: {
    schema: z.boolean(),
    standard: false,
    about:
      'Whether a prompt version must be approved by another person than its author before missions use it. Going back to an earlier active version needs none.',
  },
  testTimeoutSeconds: {
    schema: z.number().min(1).max(3600),
    standard: 60,
    about: 'How long the tests of a project may run in the sandbox.',
  },
  installDependencies: {
    schema: z.boolean(),
    standard: false,
    about:
      'Whether missions may have npm dependencies installed before their tests (option "installDependencies"), in the ' +
      'sandbox, from ATELIER_REGISTRIES and without scripts. Needs bubblewrap.',
  },
  callBodyDays: {
    schema: z.number().int().min(0).max(36_500),
    standard: 90,
    about: 'Days after the end of a session that what its models saw and answered is kept.',
  },
  unusedSourceDays: {
    schema: z.number().int().min(1).max(36_500),
    standard: 30,
    about: 'Days that an uploaded project is kept when no session starts from it.',
  },
  noticeDays: {
    schema: z.number().int().min(1).max(36_500),
    standard: 30,
    about: 'Days that mails and webhook deliveries are listed once they were delivered or given up.',
  },
  forkableDays: {
    schema: z.number().int().min(0).max(36_500),
    standard: 30,
    about: 'Days after its end that a session can be forked from every saved state; then only from its last.',
  },
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValues = { [K in SettingKey]: z.infer<(typeof SETTINGS)[K]['schema']> };

/** A setting as people see it. */
export interface DescribedSetting {
  key: string;
  value: unknown;
  default: unknown;
  about: string;
  /** What a value must be, as JSON Schema. */
  form: Record<string, unknown>;
  /** By the audit log, so that going back to the default shows too. */
  lastChange: SettingChange | null;
}

/** The system's settings: defaults, overlaid by what an administrator has set. */
export class SettingsService {
  private cache: { values: SettingValues; until: number } | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** All values as they hold now; at most two seconds old in this process. */
  async values(): Promise<SettingValues> {
    if (this.cache && this.cache.until > performance.now()) return this.cache.values;
    const values: Record<string, unknown> = Object.fromEntries(
      Object.entries(SETTINGS).map(([key, { standard }]) => [key, standard]),
    );
    for (const { key, value } of await repositories(this.dataSource.manager).settings.all()) {
      const known = (SETTINGS as Record<string, { schema: z.ZodType }>)[key];
      if (known?.schema.safeParse(value).success) values[key] = value;
    }
    this.cache = { values: values as SettingValues, until: performance.now() + 2000 };
    return this.cache.values;
  }

  /** Every setting with its value, default, meaning and form, and who changed it last. */
  async describe(): Promise<DescribedSetting[]> {
    const values = await this.values();
    const changes = await new SettingChangeRepository(this.dataSource.manager).last();
    return Object.entries(SETTINGS).map(([key, { schema, standard, about }]) => ({
      key,
      value: values[key as SettingKey],
      default: standard,
      about,
      form: z.toJSONSchema(schema, { target: 'draft-2020-12' }),
      lastChange: changes.find((change) => change.key === key) ?? null,
    }));
  }

  /**
   * Sets a value, or, with `null`, goes back to the default.
   * @throws ValidationError for an unknown key or a value out of range
   */
  async set(key: string, value: unknown, by: { userId: string; ip?: string }): Promise<void> {
    const known = Object.hasOwn(SETTINGS, key) ? SETTINGS[key as SettingKey] : undefined;
    if (!known)
      throw new ValidationError(`There is no setting "${key}".`, [
        { field: key, message: `must be one of: ${Object.keys(SETTINGS).join(', ')}` },
      ]);
    const checked = value === null ? null : known.schema.safeParse(value);
    if (checked && !checked.success)
      throw new ValidationError(
        `"${key}" cannot be set to that.`,
        checked.error.issues.map((issue) => ({ field: key, message: issue.message })),
      );
    await this.dataSource.transaction(async (manager) => {
      const { settings, audit } = repositories(manager);
      if (checked === null) await settings.delete(key);
      else await settings.put(key, checked.data, by.userId);
      await audit.append([
        {
          eventType: 'settings_changed',
          userId: by.userId,
          userAction: `set ${key}`,
          details: { key, value: checked === null ? null : checked.data },
          ipAddress: by.ip ?? null,
        },
      ]);
    });
    this.cache = undefined;
  }
}
