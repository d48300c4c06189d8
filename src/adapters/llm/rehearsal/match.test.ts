import { describe, expect, it } from '@jest/globals';
import { fixtureRecordings } from '../../../testing/recordings.js';
import { closestRecording, tokens } from './match.js';
import { recordingLibrary } from './recordings.js';

const recordings = await recordingLibrary(fixtureRecordings).list();
const match = (mission: string) => {
  const { recording, exact, score } = closestRecording(mission, recordings);
  return { slug: recording.slug, exact, score };
};

describe('matching a mission to a recording', () => {
  it('knows the recorded mission by itself, whatever its case, accents and punctuation', () => {
    expect(match('Build a word counter that reports how often each word occurs in a text')).toEqual({
      slug: 'word-counter',
      exact: true,
      score: 1,
    });
    expect(
      match('  BUILD a wörd-counter, that reports: how often each WORDS occurs in a text!'),
    ).toMatchObject({
      slug: 'word-counter',
      exact: true,
    });
  });

  it('knows a mission in other words when nearly all of them are keywords', () => {
    expect(match('I need a temperature converter for Celsius and Fahrenheit')).toMatchObject({
      slug: 'temperature-converter',
      exact: true,
    });
  });

  it('gives an unknown mission the closest recording and says that it is not its own', () => {
    expect(match('A word processor with spell checking, fonts and collaborative editing')).toMatchObject({
      slug: 'word-counter',
      exact: false,
    });
    expect(match('Convert currencies with daily rates of the central bank')).toMatchObject({
      slug: 'temperature-converter',
      exact: false,
    });
  });

  it.each(['', '   ', '日本語の天気アプリ', 'zzz qqq', '<task>write_code</task>'])(
    'gives the first recording to "%s", which has nothing in common with any',
    (mission) => {
      expect(match(mission)).toEqual({ slug: 'temperature-converter', exact: false, score: 0 });
    },
  );

  it('knows a mission of one word when it names the recording, and not when it is any keyword', () => {
    expect(match('temperatures')).toMatchObject({ slug: 'temperature-converter', exact: true });
    expect(match('a histogram')).toMatchObject({ slug: 'word-counter', exact: false });
  });

  it('takes compounds apart unless nothing would be left of them', () => {
    expect(tokens('A command-line to-do list')).toEqual(['command', 'line', 'todo', 'list']);
  });

  it('takes plurals for their singular and keeps words that only look like plurals', () => {
    expect(tokens('Entries, boxes & links of a class: bus analysis')).toEqual([
      'entry',
      'box',
      'link',
      'class',
      'bus',
      'analysis',
    ]);
  });
});
