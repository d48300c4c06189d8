/** What a rehearsal can be asked for: the tasks of the studio's agents. */
export const REHEARSAL_TASKS = [
  'write_prd',
  'write_tech_spec',
  'write_tests',
  'write_code',
  'report_bugs',
] as const;
export type RehearsalTask = (typeof REHEARSAL_TASKS)[number];

/** A conversation as far as a rehearsal understands it. */
export interface Conversation {
  /** As the prompt names it; undefined when no message has a `<task>`. */
  task?: string;
  mission: string;
  /** 1-based; 1 when not given. */
  attempt: number;
  /** Whether the mission starts from existing code, whose map the prompt then has. */
  existing?: true;
  /** What a reviewer asked for, if anybody did. */
  comments?: string;
  /** The failing tests, as the prompt lists them. */
  failures?: string;
  /** Answers already given to this very task, which were refused and are to be corrected. */
  corrections: number;
}

/** One turn, in the words of `ModelMessage.role`. */
export interface Turn {
  role: string;
  text: string;
}

const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

function unescape(text: string): string {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/**
 * The `<tag>content</tag>` blocks of a prompt, unescaped and trimmed: the first of each name, none from within
 * another block. What users write is escaped by the prompt, so it cannot open or close a block.
 */
function readBlocks(prompt: string): Map<string, string> {
  const blocks = new Map<string, string>();
  const opening = /<([a-z][a-z_]*)>/g;
  for (let found = opening.exec(prompt); found !== null; found = opening.exec(prompt)) {
    const [tag, name = ''] = found;
    const start = found.index + tag.length;
    const end = prompt.indexOf(`</${name}>`, start);
    if (end < 0) continue;
    if (!blocks.has(name)) blocks.set(name, unescape(prompt.slice(start, end).trim()));
    opening.lastIndex = end;
  }
  return blocks;
}

/**
 * Reads what a conversation asks for. The tags are those of the last user message that has a `<task>`;
 * whatever follows it are corrections of the answer.
 */
export function readConversation(turns: readonly Turn[]): Conversation {
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index];
    if (turn?.role !== 'user') continue;
    const blocks = readBlocks(turn.text);
    const task = blocks.get('task');
    if (task === undefined) continue;
    const attempt = Number(blocks.get('attempt') ?? 1);
    return {
      task,
      mission: blocks.get('mission') ?? '',
      attempt: Number.isInteger(attempt) && attempt >= 1 ? attempt : 1,
      ...(blocks.has('map') && { existing: true as const }),
      comments: blocks.get('comments'),
      failures: blocks.get('failures'),
      corrections: turns.slice(index + 1).filter(({ role }) => role === 'assistant').length,
    };
  }
  return { mission: '', attempt: 1, corrections: 0 };
}
