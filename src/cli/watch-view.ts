import type { EventView } from '../http/presenters/event.js';
import type { MissionProgress, PhaseProgress } from './mission-progress.js';
import { gateLabel, PHASE_LABELS, phaseLabel } from './mission-progress.js';
import type { Output } from './output.js';
import { count, cutTo, duration, oneLine, padTo, textOf, widthOf } from './text.js';

/** Shows a mission while it is followed. */
export interface MissionView {
  /** Something has changed, by this event if any. */
  update(event?: EventView): void;
  /** Leaves the screen to others, such as a question. The next `update` shows things again. */
  pause(): void;
}

const SPINNER = '⠋ ⠙ ⠹ ⠸ ⠼ ⠴ ⠦ ⠧ ⠇ ⠏'.split(' ');
/** Stands in for the spinner while nothing is redrawn. */
const STILL = '●';
const FRAME_MS = 100;
const LABEL_COLUMNS = 16;
const TIME_COLUMNS = 10;
/** Below it there is no room for a summary beside the phase's name and time. */
const ROOM_FOR_SUMMARY = 52;

/** The view that suits the output: redrawn in place in a terminal, else a line per change. */
export function missionView(output: Output, progress: MissionProgress): MissionView {
  return output.live ? new LiveView(output, progress) : new PlainView(output, progress);
}

/** Redraws a few lines in place, each frame with a single write, so that nothing flickers. */
class LiveView implements MissionView {
  private drawn: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(
    private readonly output: Output,
    private readonly progress: MissionProgress,
  ) {}

  update(): void {
    if (!this.timer) {
      this.timer = setInterval(() => this.draw(), FRAME_MS);
      this.output.makeRoom = () => this.pause();
      this.output.stream.write('\u001B[?25l');
      this.draw();
    }
  }

  pause(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.output.makeRoom = undefined;
    this.draw(STILL);
    this.drawn = [];
    this.output.stream.write('\u001B[?25h');
  }

  private draw(symbol = SPINNER[this.frame % SPINNER.length] ?? STILL): void {
    this.frame += 1;
    const lines = frameOf(this.output, this.progress, Date.now(), symbol);
    // A terminal made narrower has wrapped the former frame's lines.
    const columns = this.output.columns;
    const rows = this.drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    const up = rows > 0 ? `\u001B[${rows}A\r` : '';
    const body = lines.map((line) => `\u001B[2K${line}\n`).join('');
    this.output.stream.write(`${up}${body}\u001B[0J`);
    this.drawn = lines;
  }
}

/** The lines of one frame, none wider than the terminal. */
export function frameOf(output: Output, progress: MissionProgress, now: number, spinner: string): string[] {
  const { style } = output;
  const columns = output.columns - 1;
  const lines = progress.phases.map((phase) => phaseLine(output, progress, phase, now, spinner));
  const facts = [duration(progress.elapsed(now)), stateWords(progress)];
  if (progress.iteration > 0) facts.push(`attempt ${progress.iteration}`);
  if (progress.tokens > 0) facts.push(`${count(progress.tokens)} tokens`);
  lines.push('', style.dim(cutTo(`  ${facts.join(' · ')}`, columns)));
  if (progress.problem !== undefined) lines.push(style.red(cutTo(`  ${oneLine(progress.problem)}`, columns)));
  return lines;
}

function phaseLine(
  output: Output,
  progress: MissionProgress,
  phase: PhaseProgress,
  now: number,
  spinner: string,
): string {
  const { style } = output;
  const columns = output.columns - 1;
  const label = PHASE_LABELS[phase.phase];
  const seconds = progress.secondsOf(phase, now);
  const time = phase.state === 'ahead' && seconds === 0 ? '' : duration(seconds);
  const said = oneLine(phase.summary);
  const [symbol, paint, words] = {
    ahead: ['·', style.dim, said],
    working: [
      spinner,
      style.cyan,
      progress.writing > 0 ? `writing, ${count(progress.writing)} characters` : said,
    ],
    waiting: [spinner, style.yellow, 'waits for your decision'],
    done: ['✓', style.green, said],
    again: ['↻', style.yellow, said],
    stopped: ['✗', style.red, said],
  }[phase.state] as [string, typeof style.dim, string];
  const left = `${padTo(label, LABEL_COLUMNS)} ${time.padStart(TIME_COLUMNS)}`;
  const head = `  ${paint(symbol)} ${phase.state === 'ahead' ? style.dim(left) : left}`;
  const room = columns - widthOf(head) - 2;
  if (columns < ROOM_FOR_SUMMARY) return `  ${paint(symbol)} ${cutTo(left, columns - 4).trimEnd()}`;
  return words === '' ? head.trimEnd() : `${head}  ${style.dim(cutTo(words, room))}`;
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  pending: 'in the queue',
  running: 'at work',
  awaiting_approval: 'waits for a decision',
  completed: 'completed',
  failed: 'failed',
  expired: 'expired',
  rejected: 'rejected',
  cancelled: 'cancelled',
  needs_attention: 'needs attention',
};

/** A status in words. */
export function statusWords(status: string): string {
  return STATE_WORDS[status] ?? status;
}

function stateWords(progress: MissionProgress): string {
  return statusWords(progress.status);
}

/** One line for each thing that happens, without any escape sequence. */
class PlainView implements MissionView {
  constructor(
    private readonly output: Output,
    private readonly progress: MissionProgress,
  ) {}

  update(event?: EventView): void {
    if (!event) return;
    const said = sentenceOf(event, this.progress);
    if (said === undefined) return;
    const at = event.createdAt === null ? Date.now() : Date.parse(event.createdAt);
    const elapsed = duration(Math.max(0, at - this.progress.startedAt) / 1000);
    this.output.line(`${elapsed.padStart(TIME_COLUMNS)}  ${said}`);
  }

  pause(): void {}
}

/** An event in words; undefined for those that say nothing new. */
function sentenceOf({ type, data }: EventView, progress: MissionProgress): string | undefined {
  const name =
    data['phase'] === undefined ? gateLabel(textOf(data['gate'])) : phaseLabel(textOf(data['phase']));
  const label = padTo(name, LABEL_COLUMNS);
  if (type === 'execution') {
    const iteration = Number(data['iteration'] ?? 0);
    const what = iteration > 0 ? `attempt ${iteration}, ` : '';
    const words = oneLine(textOf(data['summary']));
    if (data['status'] === 'running') return `${label}  ${what}begins with: ${words}`;
    if (data['status'] === 'completed') return `${label}  ${what}done: ${words}`;
    return `${label}  ${what}${textOf(data['status'])}: ${oneLine(textOf(data['error']))}`;
  }
  if (type === 'approval') {
    if (data['status'] === 'pending') return `${label}  waits for a decision`;
    const comment = typeof data['comment'] === 'string' ? `: ${oneLine(data['comment'])}` : '';
    return `${label}  ${textOf(data['status']).replaceAll('_', ' ')}${comment}`;
  }
  if (type === 'status' && progress.endedAt !== undefined) {
    const why = progress.problem === undefined ? '' : `: ${oneLine(progress.problem)}`;
    return `${padTo('Mission', LABEL_COLUMNS)}  ${statusWords(progress.status)}${why}`;
  }
  return undefined;
}
