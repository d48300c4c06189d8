/** What is wrong with a text while it is written. The API decides again when it is saved and when it is activated. */
export interface PromptCheck {
  /** Each variable that is declared, used or given, with how it stands. */
  variables: { name: string; problem: string | null; blocks: 'saving' | 'activation' | null }[];
  /** What is wrong with the front matter, if anything; it keeps the text from being saved. */
  head: string[];
}

const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/;
const PLACE = /\{\{\s*([a-zA-Z0-9_]+)\s*\}\}/g;

/** The Markdown below the front matter. */
export function bodyOf(content: string): string {
  return FRONT_MATTER.exec(content)?.[2]?.trim() ?? content;
}

/** @param given the variables that the profile's prompts are rendered with */
export function checkPrompt(content: string, profile: string, given: readonly string[]): PromptCheck {
  const match = FRONT_MATTER.exec(content);
  if (!match)
    return {
      variables: [],
      head: [
        `The text must begin with front matter: a line "---", "profile: ${profile}", "variables: []", "---".`,
      ],
    };
  const yaml = match[1] ?? '';
  const declared = declaredIn(yaml);
  const used = new Set(Array.from((match[2] ?? '').matchAll(PLACE), (place) => place[1] ?? ''));
  const said = /^profile:[ \t]*["']?([^"'\r\n#]*)/m.exec(yaml)?.[1]?.trim();
  const head =
    said === profile
      ? []
      : [
          said === undefined
            ? `The front matter lacks "profile: ${profile}".`
            : `It must say "profile: ${profile}", not "${said}".`,
        ];
  return {
    head,
    variables: [...new Set([...given, ...declared, ...used])].map((name) => {
      const problem = !used.has(name)
        ? declared.includes(name)
          ? 'is declared, but the text does not use it'
          : 'is missing: the text must use it, and "variables" declare it'
        : !declared.includes(name)
          ? 'is used in the text, but not declared under "variables"'
          : given.includes(name)
            ? null
            : `is unknown: the profile is given ${given.length === 0 ? 'no variables' : given.join(', ')}`;
      return {
        name,
        problem,
        blocks:
          problem === null ? null : used.has(name) === declared.includes(name) ? 'activation' : 'saving',
      };
    }),
  };
}

/** The names under `variables:`, as `[a, b]` or one a line. */
function declaredIn(yaml: string): string[] {
  const list = /^variables:[ \t]*(?:\[([^\]]*)\]|((?:\r?\n[ \t]*-[^\r\n]*)*))/m.exec(yaml);
  return (list?.[1]?.split(',') ?? list?.[2]?.split(/\r?\n[ \t]*-/) ?? [])
    .map((name) => name.replace(/#.*$/, '').replace(/["'\s]/g, ''))
    .filter((name) => name !== '');
}
