import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countWords } from '../src/count-words.js';

test('AC1.1 counts each word of a text', () => {
  assert.deepEqual(
    [...countWords('a b a')],
    [
      ['a', 2],
      ['b', 1],
    ],
  );
});

test('AC1.2 counts words regardless of case', () => {
  assert.equal(countWords('The the').get('the'), 2);
});
