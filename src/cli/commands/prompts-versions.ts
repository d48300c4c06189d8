import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../core/errors.js';
import type { PromptView } from '../../http/presenters/prompt.js';
import type { PromptDiffView } from '../../http/presenters/prompt-history.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';
import { manyLines, oneLine } from '../text.js';
import {
  findProfile,
  MAX_VERSION,
  numberOf,
  profilePath,
  versionNamed,
  versionNumber,
} from './prompts-find.js';

interface Json {
  json?: boolean;
}

const version = wholeNumber(1, MAX_VERSION);
const sayVersion = (output: Output, { profile, version: number, state }: PromptView): void =>
  output.line(`${profile} version ${number}: ${state}`);

/** `prompts diff|draft|propose|approve|activate|rollback`: versions on their way into use. */
export function addPromptVersions(prompts: Command, run: Run): void {
  addCommand(prompts, 'diff <profile> <from>', {
    about: 'Show what differs between two versions.',
    more: 'By words, variables and model settings.',
    examples: ['prompts diff pm 1', 'prompts diff pm 1 --to 3'],
  })
    .option('-t, --to <n>', 'compare with this version; the active one unless told', version)
    .action((name: string, from: string, { to, ...options }: Json & { to?: number }) =>
      run(options, async ({ connect, output }) => {
        const before = versionNumber(from);
        const { client } = await connect();
        const profile = await findProfile(client, name);
        const [a, b] = [versionNamed(profile, before), versionNamed(profile, to)];
        const diff = await client.get<PromptDiffView>(`/prompts/${a.id}/diff/${b.id}`);
        output.result(diff, () => sayDiff(output, diff));
      }),
    );
  addCommand(prompts, 'draft <profile> <file>', {
    about: 'Add a version out of a file.',
    more: 'As "show" prints it. No mission uses it before it is activated or made a canary.',
    examples: ['prompts draft pm pm.md --note "Shorter requirements"'],
  })
    .option('-n, --note <text>', 'what is new in it')
    .option('-b, --based-on <n>', 'the version it was made from', version)
    .action((name: string, file: string, options: Json & { note?: string; basedOn?: number }) =>
      run(options, async ({ connect, output }) => {
        const content = await readFile(file, 'utf8').catch((error: unknown) => {
          throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
        });
        const { client } = await connect();
        const profile = await findProfile(client, name);
        const { note, basedOn } = options;
        const made = await client.write<PromptView>('POST', '/prompts', {
          body: {
            ...{ profile: name, content, note },
            ...(basedOn !== undefined && { basedOnId: versionNamed(profile, basedOn).id }),
          },
        });
        output.result(made, () => {
          sayVersion(output, made);
          for (const { field, message } of made.problems)
            output.hint(`Missions cannot use it: {{${oneLine(field)}}} ${oneLine(message)}`);
        });
      }),
    );
  for (const [verb, about] of [
    ['propose', 'Ask for approval of a draft.'],
    ['approve', 'Approve a version.'],
  ] as const)
    addCommand(prompts, `${verb} <profile> <version>`, { about, examples: [`prompts ${verb} pm 3`] }).action(
      (name: string, number: string, options: Json) =>
        run(options, async ({ connect, output }) => {
          const wanted = versionNumber(number);
          const { client } = await connect();
          const { id } = versionNamed(await findProfile(client, name), wanted);
          const moved = await client.write<PromptView>('POST', `/prompts/${id}/${verb}`);
          output.result(moved, () => sayVersion(output, moved));
        }),
    );
  addCommand(prompts, 'activate <profile> <version>', {
    about: 'Make a version the active one.',
    more: 'New missions use it at once; those that have begun keep theirs.',
    examples: ['prompts activate pm 3', 'prompts activate pm 3 --instead-of 2'],
  })
    .option('-i, --instead-of <n>', 'refuse when another version than this is active', version)
    .action((name: string, number: string, { insteadOf, ...options }: Json & { insteadOf?: number }) =>
      run(options, async ({ connect, output }) => {
        const wanted = versionNumber(number);
        const { client } = await connect();
        const profile = await findProfile(client, name);
        const expected =
          insteadOf === undefined ? profile.activeVersionId : versionNamed(profile, insteadOf).id;
        const path = `/prompts/${versionNamed(profile, wanted).id}/activate`;
        const active = await client.write<PromptView>('POST', path, {
          body: { expectedActiveVersionId: expected },
        });
        output.result(active, () => sayVersion(output, active));
      }),
    );
  addCommand(prompts, 'rollback <profile>', {
    about: 'Go back to the version that was active before.',
    examples: ['prompts rollback pm'],
  }).action((name: string, options: Json) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const profile = await findProfile(client, name);
      const active = await client.write<PromptView>('POST', `${profilePath(name)}/rollback`, {
        body: { expectedActiveVersionId: profile.activeVersionId },
      });
      output.result(active, () => {
        const from = profile.activeVersionId === null ? null : numberOf(profile, profile.activeVersionId);
        output.line(`${name} went back from version ${from ?? '?'} to ${active.version}`);
      });
    }),
  );
}

/** Added words as `{+…+}` and removed ones as `[-…-]`, as git's word diff writes them. */
function sayDiff(output: Output, { a, b, parts, variables, modelSettings }: PromptDiffView): void {
  const { style } = output;
  output.line(style.bold(`version ${a.version} → version ${b.version}`));
  const text = parts
    .map((part) => {
      const shown = manyLines(part.text);
      if (part.type === 'added') return style.green(`{+${shown}+}`);
      return part.type === 'removed' ? style.red(`[-${shown}-]`) : shown;
    })
    .join('');
  output.line(text.trimEnd());
  for (const name of variables.added) output.line(style.green(`+ variable ${name}`));
  for (const name of variables.removed) output.line(style.red(`- variable ${name}`));
  for (const { setting, before, after } of modelSettings)
    output.line(`${setting}: ${oneLine(String(before ?? 'none'))} → ${oneLine(String(after ?? 'none'))}`);
}
