import { afterEach, describe, expect, it } from '@jest/globals';
import type { EventView } from '../http/presenters/event.js';
import { followedSession } from '../testing/session-view.js';
import { RecordedStream } from '../testing/terminal.js';
import { MissionProgress } from './mission-progress.js';
import { Output } from './output.js';
import { widthOf } from './text.js';
import { frameOf, missionView, type MissionView } from './watch-view.js';

const wishes = { noColor: false, dumb: false };
const at = (seconds: number): string =>
  new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000).toISOString();
const events: EventView[] = [
  { seq: 1, type: 'phase', data: { phase: 'pm' }, createdAt: at(1) },
  {
    seq: 2,
    type: 'execution',
    data: {
      phase: 'pm',
      status: 'completed',
      summary: `\u001B[2J${'設計 and much more '.repeat(9)}`,
      tokens: 1234,
    },
    createdAt: at(3),
  },
  { seq: 3, type: 'phase', data: { phase: 'arch' }, createdAt: at(3) },
];

function viewOn(stdout: RecordedStream, json = false, wish = wishes) {
  const stderr = new RecordedStream(stdout.columns);
  const output = new Output({ stdout, stderr, wishes: wish, json });
  const progress = new MissionProgress(followedSession());
  return { output, progress, stderr, view: missionView(output, progress) };
}

describe('watching a mission in a terminal', () => {
  let view: MissionView | undefined;
  afterEach(() => view?.pause());

  it.each([20, 40, 80, 200])('draws no line wider than a terminal of %i columns', (columns) => {
    const { output, progress } = viewOn(new RecordedStream(columns));
    for (const event of events) progress.apply(event);
    const lines = frameOf(output, progress, Date.parse(at(5)), '⠋');
    expect(lines.every((line) => widthOf(line) < columns)).toBe(true);
    expect(lines.join('')).not.toContain('\u001B[2J');
  });

  it('shows each phase with its time and last word, and the totals below', () => {
    const { output, progress } = viewOn(new RecordedStream(80), false, { noColor: true, dumb: false });
    for (const event of events) progress.apply(event);
    const lines = frameOf(output, progress, Date.parse(at(5)), '⠋');
    expect(lines[0]).toMatch(/^ {2}✓ Product Manager +2\.0 s {2}\[2J設計 and .*…$/);
    expect(lines.slice(1, 4)).toEqual(['  ⠋ Architect             2.0 s', '  · Human gate', '  · Engineer']);
    expect(lines.at(-1)).toBe('  5.0 s · in the queue · 1,234 tokens');
  });

  it('redraws over its own lines, in one write a frame, and gives the cursor back', () => {
    const stdout = new RecordedStream(80);
    const writes: string[] = [];
    const write = stdout.write.bind(stdout);
    stdout.write = (content) => {
      writes.push(String(content));
      write(content);
    };
    const shown = viewOn(stdout);
    view = shown.view;
    view.update();
    view.pause();
    const frames = writes.filter((text) => text.includes('Product Manager'));
    expect(frames).toHaveLength(2);
    expect(frames[1]?.startsWith('\u001B[8A\r\u001B[2K')).toBe(true);
    expect([writes[0], writes.at(-1)]).toEqual(['\u001B[?25l', '\u001B[?25h']);
  });

  it('leaves its lines as they are when something else is said, and begins anew below', () => {
    const stdout = new RecordedStream(80);
    const shown = viewOn(stdout);
    view = shown.view;
    view.update();
    shown.output.line('something else');
    const before = stdout.text;
    view.update();
    expect(before.endsWith('\u001B[?25hsomething else\n')).toBe(true);
    expect(stdout.text.slice(before.length)).not.toContain('A\r');
  });
});

describe('watching a mission in a pipe', () => {
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

  it('prints one line a change, without an escape sequence and uncut', () => {
    const stdout = new RecordedStream();
    const { view, progress } = viewOn(stdout);
    for (const event of events) {
      progress.apply(event);
      view.update(event);
    }
    view.pause();
    expect(lines(stdout.text)).toHaveLength(1);
    expect(stdout.text).toContain('     3.0 s  Product Manager   done: [2J設計 and much more');
    expect(stdout.text).not.toContain('\u001B');
    expect(stdout.text).not.toContain('…');
  });

  it.each([
    ['NO_COLOR is set', { noColor: true, dumb: false }],
    ['the terminal is dumb', { noColor: false, dumb: true }],
  ])('does the same in a terminal when %s', (_why, wish) => {
    const stdout = new RecordedStream(80);
    const { view, progress } = viewOn(stdout, false, wish);
    for (const event of events) {
      progress.apply(event);
      view.update(event);
    }
    view.pause();
    expect(stdout.text).not.toContain('\u001B');
    expect(lines(stdout.text)).toHaveLength(1);
  });

  it('leaves stdout to the document with --json', () => {
    const stdout = new RecordedStream();
    const { view, progress, stderr, output } = viewOn(stdout, true);
    for (const event of events) {
      progress.apply(event);
      view.update(event);
    }
    output.result({ done: true }, () => output.line('for people'));
    expect(stdout.text).toBe('{"done":true}\n');
    expect(stderr.text).toContain('Product Manager');
  });
});
