import { z } from 'zod';
import { USAGE_UNITS } from '../../core/vocabulary.js';
import { envOverrides } from '../../services/profile-overrides.js';
import { KEY_SOURCES, type ProfileUsage } from '../../services/profiles.js';
import { iso, time } from './time.js';

const amounts = z.strictObject({ runs: z.number().int(), tokens: z.number().int(), usd: z.number() });

/** How an agent calls its model, what it may use per day, and what it used today. Never its key. */
export const agentSettingsView = z
  .strictObject({
    profile: z.string(),
    provider: z.string(),
    model: z.string().nullable().describe('null: whatever the environment is set up for.'),
    fallback: z.strictObject({ provider: z.string(), model: z.string() }).nullable(),
    inUse: z
      .string()
      .nullable()
      .describe('`provider:model` that the next call goes to; null when none can be set up.'),
    problem: z.string().nullable().describe('Why none can be set up.'),
    key: z
      .strictObject({ source: z.enum(KEY_SOURCES), lastFour: z.string().nullable() })
      .describe('Whose key calls `provider`: the profile’s own, the environment’s (`env`), or none.'),
    authType: z.string().describe('How the provider is told who calls.'),
    pausedAt: time.nullable().describe('Since when it makes no calls; null while it works.'),
    dailyLimit: z.number().int().describe('In `usageUnit`s per day of UTC; 0 is no limit.'),
    usageUnit: z.enum(USAGE_UNITS),
    hardLimit: z.boolean().describe('Whether the limit stops calls before they are made, or only warns.'),
    envOverrides: z
      .record(z.string(), z.string())
      .describe(`What the profile sets differently: ${Object.keys(envOverrides.shape).join(', ')}.`),
    today: z.strictObject({
      used: amounts,
      reserved: amounts.describe('Held by calls under way.'),
      unpricedCalls: z.number().int(),
      warnedAt: time.nullable().describe('When a soft limit was reached.'),
    }),
    updatedAt: time,
  })
  .meta({ id: 'AgentSettingsView' });
export type AgentSettingsView = z.infer<typeof agentSettingsView>;

/** An agent's profile. */
export function presentAgentSettings(profile: ProfileUsage): AgentSettingsView {
  const { settings, today, inUse } = profile;
  const { fallbackProvider, fallbackModel } = settings;
  return {
    profile: settings.profileName,
    provider: settings.provider,
    model: settings.model,
    fallback:
      fallbackProvider === null || fallbackModel === null
        ? null
        : { provider: fallbackProvider, model: fallbackModel },
    inUse: inUse && `${inUse.provider}:${inUse.model}`,
    problem: profile.problem,
    key: { source: profile.keySource, lastFour: settings.apiKeyLastFour },
    authType: settings.authType,
    pausedAt: iso(settings.pausedAt),
    dailyLimit: settings.dailyLimit,
    usageUnit: settings.usageUnit,
    hardLimit: settings.hardLimit,
    envOverrides: settings.envOverrides,
    today: {
      used: { runs: today.usedRuns, tokens: today.usedTokens, usd: today.usedUsd },
      reserved: { runs: today.reservedRuns, tokens: today.reservedTokens, usd: today.reservedUsd },
      unpricedCalls: today.unpricedCalls,
      warnedAt: iso(today.warnedAt),
    },
    updatedAt: iso(settings.updatedAt),
  };
}
