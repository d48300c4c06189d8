import { describe, expect, it } from '@jest/globals';
import { parsePrompt, renderPrompt } from '../prompts.js';
import { rollbackTarget } from './activation.js';
import { recoverValues, variableProblems } from './profiles.js';

const promptOf = (variables: string[], body: string) =>
  parsePrompt(`---\nprofile: pm\nvariables: [${variables.join(', ')}]\n---\n\n${body}\n`);

describe('variables', () => {
  const profile = { name: 'pm', variables: ['language', 'tone'] };

  it('are right only when the prompt uses all that are given and no other', () => {
    expect(variableProblems(profile, promptOf(['language', 'tone'], '{{language}} {{tone}}'))).toEqual([]);
    expect(variableProblems(profile, promptOf(['language', 'mood'], '{{language}} {{mood}}'))).toEqual([
      { field: 'mood', message: 'is unknown: "pm" is given language, tone' },
      { field: 'tone', message: 'is missing: the prompt must use it' },
    ]);
    expect(variableProblems({ name: 'qa' }, promptOf(['x'], '{{x}}'))).toEqual([
      { field: 'x', message: 'is unknown: "qa" is given no variables' },
    ]);
  });

  it('are found again in what was rendered, whatever the text around them holds', () => {
    const prompt = promptOf(['a', 'b'], 'Cost (in $): {{a}}? [x]* {{ b }} \\d+ and {{a}} again.\n{{b}}');
    for (const values of [
      { a: 'one', b: 'two' },
      { a: '', b: '' },
      { a: 'line\nbreak', b: '.*+?^${}()|[]\\' },
      { a: '7', b: '{{a}}' },
    ])
      expect(recoverValues(prompt, renderPrompt(prompt, values))).toEqual(values);
  });

  it('are not made up for a text of another prompt', () => {
    const prompt = promptOf(['a'], 'Hello {{a}}, and {{a}}.');
    expect(recoverValues(prompt, 'Goodbye one.')).toBeNull();
    expect(recoverValues(prompt, 'Hello one, and two.')).toBeNull();
  });
});

describe('a rollback', () => {
  const history = (...steps: [string, number][]) =>
    steps.map(([reason, versionId]) => ({ reason: reason as 'activated' | 'rolled_back', versionId }));

  it('leads to the version before, and again to the one before that', () => {
    const made = history(['seeded', 1], ['activated', 2], ['promoted', 3]);
    expect(rollbackTarget(made)).toBe(2);
    expect(rollbackTarget([...made, ...history(['rolled_back', 2])])).toBe(1);
    expect(rollbackTarget([...made, ...history(['rolled_back', 2], ['rolled_back', 1])])).toBeNull();
    expect(rollbackTarget([...made, ...history(['rolled_back', 2], ['activated', 4])])).toBe(2);
  });

  it('leads nowhere without a history', () => {
    expect(rollbackTarget([])).toBeNull();
    expect(rollbackTarget(history(['seeded', 1]))).toBeNull();
  });
});
