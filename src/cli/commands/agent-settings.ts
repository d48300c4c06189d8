import { Option, type Command } from 'commander';
import { USAGE_UNITS, type UsageUnit } from '../../core/vocabulary.js';
import type { AgentSettingsView } from '../../http/presenters/agent-settings.js';
import type { AtelierClient } from '../client.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { readSecret } from '../hidden-input.js';
import type { Output } from '../output.js';
import { count, oneLine, padTo } from '../text.js';

const PATH = '/settings/agents';
const pathOf = (profile: string): string => `${PATH}/${encodeURIComponent(profile)}`;

interface SetOptions {
  json?: boolean;
  model?: string;
  fallback?: string;
  dailyLimit?: number;
  unit?: UsageUnit;
  hard?: boolean;
  override?: string[];
}

/** `settings agents list|show|set` and `settings set-key`: the agents' models, limits and keys. */
export function addAgentSettings(settings: Command, run: Run): void {
  const agents = settings.command('agents').description('Which models the agents call, within which limits');
  addCommand(agents, 'list', {
    about: 'List every agent with its model, key and usage of today.',
    examples: ['settings agents list'],
  }).action((options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const all = await client.list<AgentSettingsView>(PATH);
      output.result(all, () =>
        output.table(
          ['AGENT', 'MODEL IN USE', 'KEY', 'TODAY', 'LIMIT'],
          all.map((agent) => [
            agent.profile,
            agent.inUse ?? 'none',
            keyWords(agent),
            used(agent),
            limitWords(agent),
          ]),
          'No agents.',
        ),
      );
    }),
  );
  addCommand(agents, 'show <agent>', {
    about: 'Show one agent’s model, limits and usage.',
    examples: ['settings agents show eng'],
  }).action((profile: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const agent = await findAgent(client, profile);
      output.result(agent, () => sayAgent(output, agent));
    }),
  );
  addCommand(agents, 'set <agent>', {
    about: 'Change an agent’s model or limits. For administrators.',
    more: 'What is not named stays. Another provider clears the stored key, which was for the former one.',
    examples: [
      'settings agents set eng --model anthropic:claude-sonnet-5 --fallback openai:gpt-5.5',
      'settings agents set eng --daily-limit 20 --unit usd --hard',
    ],
  })
    .option('--model <provider:model>', 'the model it calls')
    .option('--fallback <provider:model>', 'who is asked when that one stays away; "none" for nobody')
    .option(
      '--daily-limit <n>',
      'what it may use per day of UTC; 0 is no limit',
      wholeNumber(0, 2_000_000_000),
    )
    .addOption(new Option('--unit <unit>', 'of the limit').choices(USAGE_UNITS))
    .option('--hard', 'the limit stops calls before they are made')
    .option('--no-hard', 'the limit only warns')
    .option('--override <NAME=value...>', 'what it sets differently from the environment; "none" for nothing')
    .action((profile: string, options: SetOptions) =>
      run(options, async ({ connect, output }) => {
        const body = changesOf(options);
        const { client } = await connect();
        const agent = await client.write<AgentSettingsView>('PATCH', pathOf(profile), { body });
        output.result(agent, () => sayAgent(output, agent));
      }),
    );
  addCommand(settings, 'set-key <agent>', {
    about: 'Store the key with which an agent calls its provider.',
    more: 'It is read from stdin, or asked for without showing it, and kept sealed. For administrators.',
    examples: ['settings set-key eng < key.txt', 'settings set-key eng --clear'],
  })
    .option('--clear', 'forget the stored key instead: the environment’s is used again')
    .action((profile: string, options: { json?: boolean; clear?: boolean }) =>
      run(options, async (context) => {
        const body = options.clear
          ? undefined
          : { apiKey: await readSecret(context, `Key for ${oneLine(profile)}`) };
        const { client } = await context.connect();
        const path = `${pathOf(profile)}/key`;
        const agent = await client.write<AgentSettingsView>(body ? 'PUT' : 'DELETE', path, { body });
        context.output.result(agent, () =>
          context.output.line(`Key of ${agent.profile}: ${keyWords(agent)}`),
        );
      }),
    );
}

async function findAgent(client: AtelierClient, profile: string): Promise<AgentSettingsView> {
  const all = await client.list<AgentSettingsView>(PATH);
  const agent = all.find((one) => one.profile === profile);
  if (agent) return agent;
  throw new UsageError(
    `There is no agent "${profile}". There are: ${all.map((one) => one.profile).join(', ')}`,
  );
}

function changesOf(options: SetOptions): Record<string, unknown> {
  const { model, fallback, dailyLimit, unit, hard, override } = options;
  return {
    ...(model !== undefined && refOf(model, '--model')),
    ...(fallback !== undefined && { fallback: fallback === 'none' ? null : refOf(fallback, '--fallback') }),
    ...(dailyLimit !== undefined && { dailyLimit }),
    ...(unit !== undefined && { usageUnit: unit }),
    ...(hard !== undefined && { hardLimit: hard }),
    ...(override !== undefined && { envOverrides: overridesOf(override) }),
  };
}

function refOf(text: string, option: string): { provider: string; model: string } {
  const at = text.indexOf(':');
  if (at > 0 && at < text.length - 1) return { provider: text.slice(0, at), model: text.slice(at + 1) };
  throw new UsageError(`${option} must be provider:model, such as anthropic:claude-sonnet-5.`);
}

function overridesOf(given: string[]): Record<string, string> {
  if (given.length === 1 && given[0] === 'none') return {};
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError('--override takes NAME=value, such as MODEL_TIMEOUT_SECONDS=300.');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function keyWords({ key }: AgentSettingsView): string {
  if (key.source === 'env') return 'of the environment';
  if (key.source === 'none') return 'none';
  return key.lastFour === null ? 'its own' : `its own, …${key.lastFour}`;
}

const inUnit = (unit: UsageUnit, value: number): string =>
  unit === 'usd' ? `$${value.toFixed(2)}` : `${count(value)} ${unit}`;

function used({ usageUnit, today }: AgentSettingsView): string {
  return inUnit(usageUnit, today.used[usageUnit]);
}

function limitWords({ usageUnit, dailyLimit, hardLimit }: AgentSettingsView): string {
  if (dailyLimit === 0) return 'none';
  return `${inUnit(usageUnit, dailyLimit)} a day, ${hardLimit ? 'hard' : 'warns'}`;
}

function sayAgent(output: Output, agent: AgentSettingsView): void {
  const { fallback, today, envOverrides } = agent;
  const facts: [string, string][] = [
    ['Agent', agent.profile],
    ['Provider', `${agent.provider}, model ${agent.model ?? 'by default'}`],
    ['Fallback', fallback === null ? 'none' : `${fallback.provider}:${fallback.model}`],
    ['In use', agent.inUse ?? `none: ${agent.problem ?? ''}`],
    ['Key', keyWords(agent)],
    ['Limit', limitWords(agent)],
    [
      'Today',
      `${count(today.used.runs)} runs, ${count(today.used.tokens)} tokens, $${today.used.usd.toFixed(4)}`,
    ],
    ...Object.entries(envOverrides),
  ];
  for (const [name, value] of facts) output.line(`${output.style.dim(padTo(name, 10))} ${oneLine(value)}`);
}
