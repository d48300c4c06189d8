import { describe, expect, it } from '@jest/globals';
import { declaredInJavaScript, maskJavaScript, namesImported } from './javascript-source.js';

const names = (source: string) => declaredInJavaScript(source).map(({ name }) => name);

describe('the tests that a JavaScript file declares', () => {
  it('are the calls of test and it, by the text of their names', () => {
    const source = `
      test('one', () => {}); it("two \\"2\\"", () => {}); test(\`three\`, () => {});
      describe('no test', () => { it.only('four\\u0021', () => {}); });
      test.concurrent('five', async () => {});`;
    expect(names(source)).toEqual(['one', 'two "2"', 'three', 'four!', 'five']);
  });

  it('have no name where it is made at run time', () => {
    const source =
      'for (const n of [1]) test(`n ${n}`, () => {}); test("a" + b, () => {}); it.each([1])("x %d", () => {}); test(name, fn);';
    expect(names(source)).toEqual([null, null, null, null]);
  });

  it('are not what looks like one in comments, texts, regular expressions and other calls', () => {
    const source = `
      // test('a', () => {})
      /* it('b', () => {}) */
      const text = "test('c', () => {})"; const other = \`it('d')\`;
      const quotes = /["'\`]/.test(text); const half = 10 / 2; const more = text.test('e');
      if (/it\\('f'/.exec(other)) contest('g');
      test('real', () => { assert.ok(/x'/.test("x'")); });`;
    expect(names(source)).toEqual(['real']);
  });

  it('are marked when they are to be skipped or done later', () => {
    const source = `
      test.skip('a', () => {}); test.todo('b'); test('c', { skip: 'why' }, () => {}); it('d', { todo: true }, () => {});
      test('e', { timeout: 5 }, () => { const skip = 1; }); test('f', () => { list.skip(1); });`;
    expect(declaredInJavaScript(source).map(({ name, skipped }) => [name, skipped])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
      ['d', true],
      ['e', false],
      ['f', false],
    ]);
  });

  it('assert something, unless they only talk', () => {
    const source = `
      test('a', () => assert.equal(1, 1)); test('b', () => { expect(1).toBe(1); }); test('c', () => { if (x) throw x; });
      test('d', () => { console.assert(x); console.log('assert'); }); test('e', () => { checkSum(x); }); test('f', () => {});`;
    expect(declaredInJavaScript(source).map(({ name, asserts }) => [name, asserts])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
      ['d', false],
      ['e', true],
      ['f', false],
    ]);
  });
});

describe('masking', () => {
  it('keeps every character in its place', () => {
    const source = `a('x\\'y') // end\n/* b */ /[/"]/g; c\``;
    expect(maskJavaScript(source)).toHaveLength(source.length);
    expect(maskJavaScript(source)).toBe(`a('    ')       \n        /    /g; c\``);
  });
});

describe('the names that stubs need', () => {
  it('are those imported from the project, and none from elsewhere', () => {
    const source = `
      import def, { one, two as second } from '../src/a.js';
      import * as space from './b.js';
      import { readFile } from 'node:fs';
      export { three } from './c.js';
      space.four(); space.five;`;
    expect(namesImported([source]).toSorted()).toEqual(['five', 'four', 'one', 'three', 'two']);
  });
});
