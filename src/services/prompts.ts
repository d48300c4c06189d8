import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError, NotFoundError, ValidationError } from '../core/errors.js';
import type { DataSource } from 'typeorm';
import type { PromptVersion } from '../db/entities/prompt-version.js';
import type { SessionPrompt } from '../db/entities/session-prompt.js';
import { repositories } from '../db/repositories/index.js';
import type { AgentProfile } from './kind-rules.js';
import { inCanary } from './prompt-work/canary-share.js';

/** Which prompt version each profile uses, as pinned on a session: profile name to `prompt_versions.id`. */
export type PinnedPrompts = Record<string, number>;

/** What a new session keeps: its versions, and the rows that say which of them came by a canary. */
export interface SessionPins {
  versions: PinnedPrompts;
  rows: SessionPrompt[];
}

const frontMatter = z.strictObject({
  profile: z.string(),
  description: z.string().optional(),
  variables: z.array(z.string().regex(/^[a-z][a-zA-Z0-9]*$/)).default([]),
});

/** A prompt as written: what it declares, and its text with `{{variable}}` places. */
export interface PromptText {
  profile: string;
  variables: string[];
  body: string;
}

/**
 * Reads a prompt file or version: YAML front matter between `---` lines, then Markdown.
 * @throws ValidationError when the front matter is missing or wrong, or the text uses an undeclared variable
 */
export function parsePrompt(content: string): PromptText {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(content);
  if (!match)
    throw new ValidationError('A prompt begins with front matter between two "---" lines.', [
      { field: 'prompt', message: 'has no front matter with profile and variables' },
    ]);
  const head = frontMatter.safeParse(parse(match[1] ?? ''));
  if (!head.success)
    throw new ValidationError(
      'The front matter of the prompt is not right.',
      head.error.issues.map((issue) => ({ field: issue.path.join('.') || 'prompt', message: issue.message })),
    );
  const body = (match[2] ?? '').trim();
  const used = new Set(Array.from(body.matchAll(PLACE), (place) => place[1] ?? ''));
  const unknown = [...used].filter((name) => !head.data.variables.includes(name));
  const unused = head.data.variables.filter((name) => !used.has(name));
  const problems = [
    ...unknown.map((name) => ({
      field: name,
      message: 'is used in the text but not declared under "variables"',
    })),
    ...unused.map((name) => ({ field: name, message: 'is declared but the text does not use it' })),
  ];
  if (problems.length > 0)
    throw new ValidationError('The variables of the prompt do not match its text.', problems);
  return { profile: head.data.profile, variables: head.data.variables, body };
}

/** A place for a variable in a prompt. */
export const PLACE = /\{\{\s*([a-zA-Z0-9_]+)\s*\}\}/g;

/**
 * Fills a prompt's variables in.
 * @throws ValidationError when a declared variable is missing or an unknown one is given
 */
export function renderPrompt(prompt: PromptText, values: Readonly<Record<string, string | number>>): string {
  const problems = [
    ...prompt.variables
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => ({ field: name, message: 'has no value' })),
    ...Object.keys(values)
      .filter((name) => !prompt.variables.includes(name))
      .map((name) => ({ field: name, message: 'is not a variable of this prompt' })),
  ];
  if (problems.length > 0)
    throw new ValidationError(`The prompt "${prompt.profile}" cannot be rendered.`, problems);
  return prompt.body.replace(PLACE, (_place, name: string) => String(values[name]));
}

/** Prompt versions: seeded from the kinds' files, pinned by sessions, rendered for calls. */
export class PromptService {
  /** Versions never change, so what was read once stays true. */
  private readonly parsed = new Map<number, PromptText>();

  constructor(private readonly dataSource: DataSource) {}

  /** Gives each profile without versions its first one, from its file. Safe when many processes start. */
  async seed(profiles: readonly AgentProfile[]): Promise<void> {
    const { prompts } = repositories(this.dataSource.manager);
    for (const profile of profiles) {
      const content = await readFile(profile.prompt, 'utf8');
      parsePrompt(content);
      await prompts.seed(profile.name, content);
    }
  }

  /**
   * The versions for a new session to keep: those that are active now, or, for its share of sessions, a canary's.
   * @throws AppError `prompt_missing` when a profile has no active version
   */
  async pin(profiles: readonly AgentProfile[], sessionId: string): Promise<SessionPins> {
    const { prompts, canaries } = repositories(this.dataSource.manager);
    const names = profiles.map(({ name }) => name);
    const [active, running] = [await prompts.findActive(names), await canaries.running(names)];
    const rows = names.map((profileName) => {
      const version = active.find((one) => one.profileName === profileName);
      if (!version)
        throw new AppError(
          'prompt_missing',
          500,
          `The profile "${profileName}" has no active prompt version.`,
          {
            details: { profile: profileName },
          },
        );
      const canary = running.find((one) => one.profileName === profileName);
      const isCanary = canary !== undefined && inCanary(canary, sessionId);
      return {
        sessionId,
        profileName,
        versionId: isCanary ? canary.versionId : version.id,
        canaryId: canary?.id ?? null,
        isCanary,
      };
    });
    return { versions: Object.fromEntries(rows.map((row) => [row.profileName, row.versionId])), rows };
  }

  /** The text of a version. @throws AppError `prompt_missing` when it is gone */
  async text(versionId: number): Promise<PromptText> {
    const known = this.parsed.get(versionId);
    if (known) return known;
    const version = await repositories(this.dataSource.manager).prompts.find(versionId);
    if (!version)
      throw new AppError('prompt_missing', 500, `Prompt version ${versionId} does not exist any more.`);
    const text = parsePrompt(version.promptContent);
    this.parsed.set(versionId, text);
    return text;
  }

  /** One version. @throws NotFoundError when there is none such */
  async get(versionId: number): Promise<PromptVersion> {
    const version = Number.isSafeInteger(versionId)
      ? await repositories(this.dataSource.manager).prompts.find(versionId)
      : null;
    if (!version) throw new NotFoundError('prompt version', String(versionId));
    return version;
  }

  /** All versions of a profile, newest first. */
  async list(profileName: string): Promise<PromptVersion[]> {
    return repositories(this.dataSource.manager).prompts.list(profileName);
  }
}
