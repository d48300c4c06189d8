/** A module of three sums, for missions whose failing tests can differ. */
export const SUMS_TEST = `import test from 'node:test';
import assert from 'node:assert/strict';
import { add, twice, half } from '../src/sum.js';

test('AC1.1 adds two numbers', () => assert.equal(add(2, 3), 5));
test('AC1.2 doubles', () => assert.equal(twice(4), 8));
test('AC1.3 halves', () => assert.equal(half(4), 2));
`;

/** The module with the named functions wrong. */
export function sums(wrong: readonly ('add' | 'twice' | 'half')[], note = ''): string {
  const body = (name: 'add' | 'twice' | 'half', right: string): string =>
    wrong.includes(name) ? '0' : right;
  return [
    `export const add = (a, b) => ${body('add', 'a + b')};`,
    `export const twice = (a) => ${body('twice', 'a * 2')};`,
    `export const half = (a) => ${body('half', 'a / 2')};`,
    `// ${note}`,
    '',
  ].join('\n');
}
