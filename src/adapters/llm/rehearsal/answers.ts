import type { RehearsalNote } from '../port.js';
import type { Conversation, RehearsalTask } from './conversation.js';
import { closestRecording } from './match.js';
import type { RecordedProject, Recording, RecordingLibrary } from './recordings.js';

/** What a rehearsal answers, before it is put into chunks. */
export interface RehearsalAnswer {
  /** JSON text, in the shape its task asks for. */
  text: string;
  note: RehearsalNote;
}

/** The keys of each task's answer, for callers that ask for it as a tool call. */
export const ANSWER_KEYS: Record<RehearsalTask, readonly string[]> = {
  write_prd: ['title', 'prd'],
  write_tech_spec: ['techSpec', 'scaffold'],
  write_tests: ['files'],
  write_code: ['summary', 'files'],
  report_bugs: ['failures'],
};

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

/** Puts the notice that this is a rehearsal below the document's title line. */
function withNotice(document: string, title: string): string {
  const notice =
    `> **This is a rehearsal.** It plays the recording of "${title}", the closest to your mission. ` +
    'No model is configured, so nobody has thought about your mission. Set `ANTHROPIC_API_KEY` (or another ' +
    "provider's key: `OPENAI_API_KEY`, `GOOGLE_API_KEY`; or `ATELIER_MODEL`) to have your own mission built.";
  const [first = '', ...rest] = document.split('\n');
  return [first, '', notice, ...rest].join('\n');
}

/** Quotes the reviewer, and owns up to not having done what they asked for. */
function withComments(document: string, comments: string | undefined): string {
  if (comments === undefined || comments === '') return document;
  return (
    `${document.trimEnd()}\n\n## Reviewer's comments\n\n${quoted(comments)}\n\n` +
    'This is a rehearsal: it plays a recording and cannot act on comments. The document above is unchanged.\n'
  );
}

interface Played {
  conversation: Conversation;
  recording: Recording;
  project: RecordedProject;
  exact: boolean;
}

const ANSWERS: Record<RehearsalTask, (played: Played) => Record<string, unknown>> = {
  write_prd: ({ conversation, recording, project, exact }) => ({
    title: recording.title,
    prd: withComments(exact ? project.prd : withNotice(project.prd, recording.title), conversation.comments),
  }),
  write_tech_spec: ({ conversation, project }) => ({
    techSpec: withComments(project.techSpec, conversation.comments),
    scaffold: project.scaffold,
  }),
  write_tests: ({ project }) => ({ files: project.qa }),
  write_code: ({ conversation, recording, project }) =>
    conversation.attempt === 1
      ? { summary: recording.summaries['attempt-1'], files: project.attempt1 }
      : { summary: recording.summaries['attempt-2'], files: project.attempt2 },
  report_bugs: ({ conversation: { failures }, recording }) => ({
    failures: recording.bugAnalysis.filter(({ test }) => failures === undefined || failures.includes(test)),
  }),
};

/**
 * What was recorded for the task, from the recording closest to the mission. Code, tests and scaffold are the
 * recording's to the byte, as the sandbox knows them by their hashes.
 * @throws ConfigError when the recordings cannot be read
 */
export async function recordedAnswer(
  task: RehearsalTask,
  conversation: Conversation,
  library: RecordingLibrary,
): Promise<RehearsalAnswer> {
  const { recording, exact } = closestRecording(conversation.mission, await library.list());
  const project = await library.project(recording.slug);
  return {
    text: JSON.stringify(ANSWERS[task]({ conversation, recording, project, exact })),
    note: { recording: recording.slug, title: recording.title, exact },
  };
}

/**
 * An answer that is not what was asked for, as models give them: prose first, then JSON that breaks off, then
 * JSON of another shape, and round again.
 * @param text the right answer
 * @param nth which malformed answer of the conversation it is, from 0
 */
export function malformedAnswer(text: string, nth: number): string {
  switch (nth % 3) {
    case 0:
      return 'Certainly! I have thought about this carefully, and here is what I would suggest we do next.';
    case 1:
      return text.slice(0, Math.ceil(text.length / 2));
    default:
      return JSON.stringify({ answer: 'done', notes: [] });
  }
}
