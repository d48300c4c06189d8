import { describe, expect, it } from '@jest/globals';
import { readConversation } from './conversation.js';

const user = (text: string) => ({ role: 'user', text });
const assistant = (text: string) => ({ role: 'assistant', text });

describe('reading a conversation', () => {
  it('finds the task, the unescaped mission, the attempt and the comments', () => {
    expect(
      readConversation([
        { role: 'system', text: 'You are an engineer. <task>not_here</task>' },
        user(
          'Do it.\n<task>write_code</task>\n<mission>\na &lt;b&gt; &amp;amp; c\n</mission>\n<attempt>2</attempt>\n<comments>shorter</comments>',
        ),
      ]),
    ).toEqual({
      task: 'write_code',
      mission: 'a <b> &amp; c',
      attempt: 2,
      comments: 'shorter',
      failures: undefined,
      corrections: 0,
    });
  });

  it('does not take tags from within another block, nor a second time', () => {
    const read = readConversation([
      user(
        '<prd>Use <task>report_bugs</task> and <attempt>7</attempt></prd><task>write_code</task><task>write_prd</task><mission>&lt;task&gt;write_prd&lt;/task&gt;</mission>',
      ),
    ]);
    expect(read).toMatchObject({ task: 'write_code', attempt: 1, mission: '<task>write_prd</task>' });
  });

  it('counts the answers that were sent back for correction since the task was given', () => {
    const turns = [user('<task>write_prd</task>'), assistant('old'), user('<task>write_code</task>')];
    expect(readConversation(turns).corrections).toBe(0);
    const corrected = [
      ...turns,
      assistant('prose'),
      user('That is not JSON.'),
      assistant('{'),
      user('Again.'),
    ];
    expect(readConversation(corrected)).toMatchObject({ task: 'write_code', corrections: 2 });
  });

  it('has no task when nobody gave one, or left it open', () => {
    expect(readConversation([user('Hello <task>write_prd')])).toEqual({
      mission: '',
      attempt: 1,
      corrections: 0,
    });
    expect(readConversation([])).toEqual({ mission: '', attempt: 1, corrections: 0 });
  });
});
