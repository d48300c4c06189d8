import { USAGE_UNITS } from '../../core/vocabulary.js';
import type { AgentSettings } from '../../db/entities/agent-settings.js';
import { UnfitValueError, type SourceRow } from './source-row.js';
import { canonicalJson, type ImportContext, type RowPlan, type TableImport } from './table-import.js';

/** The values that the four profiles are installed with (document 003, "Default Profiles"). */
const AS_INSTALLED = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-20250514',
  authType: 'api_key',
  dailyLimit: 0,
  hardLimit: false,
  usageUnit: 'runs',
  envOverrides: {},
} as const;
type ProfileValues = Pick<AgentSettings, keyof typeof AS_INSTALLED>;

/**
 * Agent profiles that are new here, or still as installed; a configured one is never overwritten. Keys stay behind:
 * they are encrypted under another installation's root key.
 */
export function settingsImport({ repository }: ImportContext): TableImport {
  return {
    table: 'agent_settings',
    key: 'profile_name',
    columns: [
      'id',
      'profile_name',
      'provider',
      'model',
      'auth_type',
      'api_key_encrypted',
      'daily_limit',
      'hard_limit',
      'usage_unit',
      'usage_today',
      'last_reset_date',
      'env_overrides',
      'active_prompt_path',
      'created_at',
      'updated_at',
    ],
    async plan(row): Promise<RowPlan> {
      const profileName = row.requiredText('profile_name', 50);
      const values: ProfileValues = {
        provider: row.text('provider', 50) ?? AS_INSTALLED.provider,
        model: row.text('model', 100),
        authType: row.text('auth_type', 50) ?? AS_INSTALLED.authType,
        dailyLimit: row.integer('daily_limit', 0),
        hardLimit: row.boolean('hard_limit'),
        usageUnit: row.oneOf('usage_unit', USAGE_UNITS, 'runs'),
        envOverrides: environment(row),
      };
      const omitted: [string, string][] = [];
      if (row.text('api_key_encrypted'))
        omitted.push([
          'api_key_encrypted',
          "is encrypted under the other installation's root key: enter the key again",
        ]);
      if (row.text('active_prompt_path'))
        omitted.push(['active_prompt_path', 'is a path of another installation: prompts are versions here']);
      if (row.integer('usage_today', 0) > 0)
        omitted.push(['usage_today', 'was used up elsewhere and does not count here']);

      const here = await repository.settingsOf(profileName);
      if (here === null)
        return { action: 'write', omitted, write: (inner) => inner.addProfile({ profileName, ...values }) };
      const { settings, hasKey } = here;
      if (same(settings, values)) return { action: 'leave' };
      if (hasKey || settings.activePromptPath !== null || !same(settings, AS_INSTALLED))
        return { action: 'skip', reason: 'the profile is configured here, and what is set here stays' };
      return { action: 'write', omitted, write: (inner) => inner.configureProfile(settings.id, values) };
    },
  };
}

/**
 * Prompt versions under their own numbers, or the next free one where that number has another text here. All come in
 * inactive: they were written for another program's variables, and a person should look before they run.
 */
export function promptsImport(
  { repository, userId }: ImportContext,
  allRows: () => Iterable<SourceRow>,
): TableImport {
  const lastInFile = new Map<string, number>();
  const versionsHere = new Map<string, Map<number, string>>();
  for (const row of allRows()) {
    const named = numbered(row);
    if (named) lastInFile.set(named.profile, Math.max(named.version, lastInFile.get(named.profile) ?? 0));
  }
  return {
    table: 'prompt_versions',
    key: 'id',
    columns: ['id', 'profile_name', 'version_number', 'prompt_content', 'note', 'is_active', 'created_at'],
    async plan(row): Promise<RowPlan> {
      const profileName = row.requiredText('profile_name', 50);
      const wanted = row.integer('version_number', 0, 1);
      const promptContent = row.requiredText('prompt_content');
      const note = row.text('note');
      const wasActive = row.boolean('is_active');
      const createdAt = row.requiredTime('created_at');
      const here =
        versionsHere.get(profileName) ??
        new Map(
          (await repository.promptVersions(profileName)).map((one) => [one.versionNumber, one.promptContent]),
        );
      versionsHere.set(profileName, here);
      const standing = here.get(wanted);
      if (standing === promptContent) return { action: 'leave' };
      if (standing !== undefined && [...here.values()].includes(promptContent)) return { action: 'leave' };
      // Past the file's own numbers too, so that no later row of it finds its number taken.
      const versionNumber =
        standing === undefined ? wanted : Math.max(...here.keys(), lastInFile.get(profileName) ?? 0) + 1;
      const changed: [string, string][] = [];
      if (versionNumber !== wanted)
        changed.push(['version_number', `was ${wanted}, which has another text here; is ${versionNumber}`]);
      if (wasActive)
        changed.push(['is_active', 'was active, is inactive: look at its variables, then activate it']);
      return {
        action: 'write',
        changed,
        write: async (inner) => {
          await inner.addPromptVersion({
            profileName,
            versionNumber,
            promptContent,
            note,
            createdBy: userId,
            createdAt,
          });
          here.set(versionNumber, promptContent);
        },
      };
    },
  };
}

/** A row's profile and number, undefined where they do not fit (the row itself is refused later, with the reason). */
function numbered(row: SourceRow): { profile: string; version: number } | undefined {
  try {
    return { profile: row.requiredText('profile_name', 50), version: row.integer('version_number', 0, 1) };
  } catch (error) {
    if (error instanceof UnfitValueError) return undefined;
    throw error;
  }
}

function environment(row: SourceRow): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row.json('env_overrides') ?? {}).map(([name, value]) => {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
        throw new UnfitValueError('env_overrides', `"${name}" is not a text, a number or true or false`);
      return [name, String(value)];
    }),
  );
}

function same(a: ProfileValues, b: ProfileValues): boolean {
  const values = (of: ProfileValues) => [
    of.provider,
    of.model,
    of.authType,
    of.dailyLimit,
    of.hardLimit,
    of.usageUnit,
    of.envOverrides,
  ];
  return canonicalJson(values(a)) === canonicalJson(values(b));
}
