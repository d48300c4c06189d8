import { describe, expect, it } from '@jest/globals';
import type { EventView } from '../http/presenters/event.js';
import { followedSession } from '../testing/session-view.js';
import { MissionProgress } from './mission-progress.js';

const start = Date.parse('2026-01-01T00:00:00.000Z');

/** An event so many seconds after the mission was accepted. */
function event(seconds: number, type: EventView['type'], data: EventView['data']): EventView {
  return { seq: seconds + 1, type, data, createdAt: new Date(start + seconds * 1000).toISOString() };
}

function progressAfter(...events: EventView[]): MissionProgress {
  const progress = new MissionProgress(followedSession({ createdAt: new Date(start).toISOString() }));
  for (const one of events) progress.apply(one);
  return progress;
}

const toGate = [
  event(0, 'status', { status: 'pending', phase: 'pm' }),
  event(1, 'phase', { phase: 'pm', iteration: 0 }),
  event(1, 'execution', { phase: 'pm', iteration: 0, status: 'running', summary: 'Mission' }),
  event(3, 'execution', {
    phase: 'pm',
    iteration: 0,
    status: 'completed',
    summary: 'Six requirements',
    tokens: 100,
  }),
  event(3, 'phase', { phase: 'arch', iteration: 0 }),
  event(6, 'execution', { phase: 'arch', iteration: 0, status: 'completed', summary: 'A spec', tokens: 50 }),
  event(6, 'phase', { phase: 'human_gate' }),
  event(6, 'status', { status: 'awaiting_approval', phase: 'human_gate' }),
];
const states = (progress: MissionProgress): string[] => progress.phases.map(({ state }) => state);

describe('where a mission stands', () => {
  it('knows nothing but phases ahead before the first event', () => {
    expect(states(progressAfter())).toEqual(Array.from({ length: 6 }, () => 'ahead'));
  });

  it('stands at the gate after the documents, with times, summaries and tokens', () => {
    const progress = progressAfter(...toGate);
    expect(states(progress)).toEqual(['done', 'done', 'waiting', 'ahead', 'ahead', 'ahead']);
    expect(progress.phases.map((phase) => progress.secondsOf(phase, start + 10_000))).toEqual([
      2, 3, 4, 0, 0, 0,
    ]);
    expect(progress.phases[0]?.summary).toBe('Six requirements');
    expect(progress.tokens).toBe(150);
    expect(progress.elapsed(start + 10_000)).toBe(10);
  });

  it('stops the gate’s clock at the decision, not at the next phase', () => {
    const progress = progressAfter(
      ...toGate,
      event(20, 'status', { status: 'running', phase: 'human_gate' }),
      event(25, 'phase', { phase: 'eng', iteration: 1 }),
    );
    expect(progress.phases[2]).toMatchObject({ state: 'done', seconds: 14 });
    expect(progress.current?.phase).toBe('eng');
  });

  it('shows QA as to be done again when it sends the work back, and adds up the visits', () => {
    const progress = progressAfter(
      ...toGate,
      event(20, 'phase', { phase: 'eng', iteration: 1 }),
      event(22, 'phase', { phase: 'qa', iteration: 1 }),
      event(23, 'execution', { phase: 'qa', iteration: 1, status: 'completed', summary: '1 failed' }),
      event(24, 'phase', { phase: 'eng', iteration: 2 }),
      event(24, 'execution', { phase: 'eng', iteration: 2, status: 'running', summary: 'Bug report' }),
    );
    expect(states(progress)).toEqual(['done', 'done', 'done', 'working', 'again', 'ahead']);
    expect(progress.iteration).toBe(2);
    expect(progress.phases.map((phase) => progress.secondsOf(phase, start + 27_000))[3]).toBe(5);
  });

  it('takes everything after the phase that was sent back as ahead again', () => {
    const progress = progressAfter(
      ...toGate,
      event(20, 'status', { status: 'running', phase: 'human_gate' }),
      event(21, 'phase', { phase: 'pm', iteration: 0 }),
    );
    expect(states(progress)).toEqual(['working', 'ahead', 'ahead', 'ahead', 'ahead', 'ahead']);
  });

  it('leaves what was done as done at a gate before the delivery, and goes on from there', () => {
    const delivered = [
      ...toGate,
      event(20, 'phase', { phase: 'eng', iteration: 1 }),
      event(22, 'phase', { phase: 'qa', iteration: 1 }),
      event(24, 'phase', { phase: 'human_gate' }),
      event(24, 'status', { status: 'awaiting_approval', phase: 'human_gate' }),
    ];
    expect(states(progressAfter(...delivered))).toEqual(['done', 'done', 'waiting', 'done', 'done', 'ahead']);
    const back = [
      event(30, 'status', { status: 'running', phase: 'human_gate' }),
      event(31, 'phase', { phase: 'eng', iteration: 2 }),
    ];
    expect(states(progressAfter(...delivered, ...back))).toEqual([
      ...['done', 'done', 'done', 'working', 'ahead', 'ahead'],
    ]);
  });

  it('keeps the end and its reason, and forgets both when the session is taken up again', () => {
    const failed = [
      ...toGate,
      event(20, 'phase', { phase: 'eng', iteration: 1 }),
      event(21, 'status', { status: 'failed', problem: { code: 'x', message: 'No model' } }),
    ];
    const progress = progressAfter(...failed);
    expect(states(progress)[3]).toBe('stopped');
    expect(progress.problem).toBe('No model');
    expect(progress.elapsed(start + 99_000)).toBe(21);
    const retried = progressAfter(...failed, event(30, 'status', { status: 'pending' }));
    expect([retried.problem, retried.endedAt]).toEqual([undefined, undefined]);
  });

  it('counts what a model writes until its step is done', () => {
    const writing = [
      event(1, 'phase', { phase: 'pm' }),
      event(1, 'token', { phase: 'pm', text: 'twelve chars' }),
    ];
    expect(progressAfter(...writing).writing).toBe(12);
    expect(
      progressAfter(...writing, event(2, 'execution', { phase: 'pm', status: 'completed' })).writing,
    ).toBe(0);
  });
});
