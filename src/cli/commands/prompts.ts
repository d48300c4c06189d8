import type { Command } from 'commander';
import { NotFoundError } from '../../core/errors.js';
import type { PromptProfileView, PromptView } from '../../http/presenters/prompt.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { ago, manyLines, oneLine } from '../text.js';

/** `prompts list|show`: what the agents are told. */
export function addPrompts(program: Command, run: Run): void {
  const prompts = program.command('prompts').description('List and show what the agents are told');
  addCommand(prompts, 'list', {
    about: 'List the agent profiles and the versions of their prompts.',
    examples: ['prompts list'],
  }).action((options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const profiles = await client.list<PromptProfileView>('/prompts');
      output.result(profiles, () =>
        output.table(
          ['PROFILE', 'VERSION', 'ACTIVE', 'MADE', 'NOTE'],
          profiles.flatMap(({ profile, versions }) =>
            versions.map((version) => [
              profile,
              String(version.version),
              version.isActive ? 'yes' : '',
              ago(version.createdAt),
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
    .option('-v, --version <n>', 'this version', wholeNumber(1, 1_000_000))
    .action((profile: string, { version, ...options }: { json?: boolean; version?: number }) =>
      run(options, async ({ connect, output, streams }) => {
        const { client } = await connect();
        const profiles = await client.list<PromptProfileView>('/prompts');
        const versions = profiles.find((known) => known.profile === profile)?.versions;
        if (!versions)
          throw new NotFoundError(
            `profile (there are ${profiles.map((known) => known.profile).join(', ')})`,
            profile,
          );
        const wanted = versions.find((known) =>
          version === undefined ? known.isActive : known.version === version,
        );
        if (!wanted) throw new NotFoundError('prompt version', `${profile} ${version ?? 'active'}`);
        const prompt = await client.get<PromptView>(`/prompts/${wanted.id}`);
        output.result(prompt, () =>
          output.raw(`${(streams.stdout.isTTY ? manyLines(prompt.content) : prompt.content).trimEnd()}\n`),
        );
      }),
    );
}
