import type { Command } from 'commander';
import type { PromptProfileView, PromptView } from '../../http/presenters/prompt.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { ago, manyLines, oneLine } from '../text.js';
import { addPromptCanary } from './prompts-canary.js';
import { findProfile, MAX_VERSION, versionNamed } from './prompts-find.js';
import { addPromptOutcomes } from './prompts-outcomes.js';
import { addPromptTryout } from './prompts-tryout.js';
import { addPromptVersions } from './prompts-versions.js';

/** `prompts …`: what the agents are told, and which version of it is in use. */
export function addPrompts(program: Command, run: Run): void {
  const prompts = program.command('prompts').description('What the agents are told, in versions');
  addCommand(prompts, 'list', {
    about: 'List the agent profiles and the versions of their prompts.',
    examples: ['prompts list'],
  }).action((options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const profiles = await client.list<PromptProfileView>('/prompts');
      output.result(profiles, () =>
        output.table(
          ['PROFILE', 'VERSION', 'STATE', 'MADE', 'BY', 'NOTE'],
          profiles.flatMap(({ profile, versions, canary }) =>
            versions.map((version) => [
              profile,
              String(version.version),
              version.state === 'canary' ? `canary ${canary?.percent ?? 0} %` : version.state,
              ago(version.createdAt),
              oneLine(version.createdByName ?? ''),
              oneLine(version.note ?? ''),
            ]),
          ),
          'No prompts.',
        ),
      );
    }),
  );
  addCommand(prompts, 'show <profile>', {
    about: 'Print the prompt of a profile.',
    more: 'The active version, or the one you name.',
    examples: ['prompts show pm', 'prompts show eng --version 1'],
  })
    .option('-v, --version <n>', 'this version', wholeNumber(1, MAX_VERSION))
    .action((profile: string, { version, ...options }: { json?: boolean; version?: number }) =>
      run(options, async ({ connect, output, streams }) => {
        const { client } = await connect();
        const { id } = versionNamed(await findProfile(client, profile), version);
        const prompt = await client.get<PromptView>(`/prompts/${id}`);
        output.result(prompt, () =>
          output.raw(`${(streams.stdout.isTTY ? manyLines(prompt.content) : prompt.content).trimEnd()}\n`),
        );
      }),
    );
  addPromptVersions(prompts, run);
  addPromptOutcomes(prompts, run);
  addPromptCanary(prompts, run);
  addPromptTryout(prompts, run);
}
