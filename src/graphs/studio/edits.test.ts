import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyChanges, type Change, type Workspace } from './edits.js';

const TEXT = 'import x from "x";\n\nexport function add(a, b) {\n  return a - b;\n}\n';
const workspace = (shown: Record<string, string>, more: Partial<Workspace> = {}): Workspace => ({
  paths: new Set(Object.keys(shown)),
  shown: new Map(Object.entries(shown)),
  locked: new Map(),
  ...more,
});
const apply = (change: Change | Change[], place = workspace({ 'src/sum.js': TEXT })) =>
  applyChanges([change].flat(), place);
const problemOf = (change: Change | Change[], place?: Workspace): string => {
  const result = apply(change, place);
  return 'problems' in result
    ? result.problems.map(({ at, message }) => `${at.join('.')}: ${message}`).join('\n')
    : '';
};
const contentOf = (change: Change, place?: Workspace): string | undefined => {
  const result = apply(change, place);
  return 'applied' in result ? result.applied.written[0]?.content : undefined;
};
const replace = (search: string, by: string): Change => ({
  path: 'src/sum.js',
  edits: [{ search, replace: by }],
});

describe('an edit', () => {
  it('replaces the one passage it names and nothing else', () => {
    expect(contentOf(replace('a - b', 'a + b'))).toBe(TEXT.replace('a - b', 'a + b'));
  });

  it('inserts a dollar and a backslash as they are', () => {
    expect(contentOf(replace('a - b', '$& $1 \\n'))).toBe(TEXT.split('a - b').join('$& $1 \\n'));
  });

  it('whose passage is not there letter for letter is refused, and shows the closest lines', () => {
    const problem = problemOf(replace('export function  add(a,b) {\n  return a - b', 'x'));
    expect(problem).toContain('0.edits.0.search: is not found in "src/sum.js"');
    expect(problem).toContain('3| export function add(a, b) {\n4|   return a - b;');
    expect(problemOf(replace('zzzzqqqq', 'x'))).toContain('Nothing in the file is like it');
  });

  it('whose passage stands there twice is refused, and names the lines', () => {
    expect(problemOf(replace('x', 'y'))).toMatch(/is found 3 times .*lines 1, 1, 3\)/);
    expect(problemOf(replace('aa', 'b'), workspace({ 'src/sum.js': 'aaa' }))).toContain('2 times');
  });

  it('that is empty, changes nothing or has no edits is refused', () => {
    expect(problemOf(replace('', 'x'))).toContain('is empty');
    expect(problemOf(replace('a - b', 'a - b'))).toContain('nothing would change');
    expect(problemOf({ path: 'src/sum.js', edits: [] })).toContain('is empty');
  });

  it('that overlaps another is refused; neighbours are not', () => {
    const both = (first: string, second: string): Change => ({
      path: 'src/sum.js',
      edits: [
        { search: second, replace: '2' },
        { search: first, replace: '1' },
      ],
    });
    expect(problemOf(both('return a - b', 'a - b;'))).toContain('overlaps with edit 1');
    expect(contentOf(both('return a', ' - b;'))).toBe(TEXT.replace('return a - b;', '12'));
  });

  it('takes the file’s line ends, whichever it is written with', () => {
    const crlf = workspace({ 'src/sum.js': TEXT.replaceAll('\n', '\r\n') });
    expect(contentOf(replace('b) {\n  return a - b;\n', 'b) {\n  return a + b;\n'), crlf)).toBe(
      TEXT.replace('a - b', 'a + b').replaceAll('\n', '\r\n'),
    );
    expect(contentOf(replace('{\r\n  return a - b;', '{\r\n  return 5;'))).toBe(TEXT.replace('a - b', '5'));
    const mixed = workspace({ 'src/sum.js': 'a\r\nb\nc\r\n' });
    expect(problemOf(replace('a\nb', 'x'), mixed)).toContain('is not found');
    expect(contentOf(replace('a\r\nb', 'x'), mixed)).toBe('x\nc\r\n');
    expect(contentOf({ path: 'src/sum.js', content: 'new\nlines\n' }, crlf)).toBe('new\r\nlines\r\n');
  });
});

describe('a change', () => {
  const place = workspace(
    { 'src/sum.js': TEXT },
    {
      paths: new Set(['src/sum.js', 'src/unseen.js', 'test/sum.test.js']),
      locked: new Map([['test/sum.test.js', "is one of QA's tests"]]),
    },
  );

  it('of a file that was not shown is refused, in every form', () => {
    const path = 'src/unseen.js';
    for (const change of [
      { path, content: 'x' },
      { path, delete: true as const },
      { path, edits: [{ search: 'a', replace: 'b' }] },
    ])
      expect(problemOf(change, place)).toContain('was not shown to you');
  });

  it('of a locked, missing or unsafe path is refused', () => {
    expect(problemOf({ path: 'test/sum.test.js', delete: true }, place)).toContain("QA's tests");
    expect(problemOf({ path: 'src/none.js', delete: true }, place)).toContain('there is no file');
    for (const path of ['../x', '/etc/x', '.git/config', '.atelier/project.git/HEAD', '.Atelier/x', 'a\\b'])
      expect(problemOf({ path, content: 'x' }, place)).toContain('0.path:');
  });

  it('must say exactly one thing', () => {
    expect(problemOf({ path: 'src/sum.js' })).toContain('exactly one of');
    expect(problemOf({ path: 'src/sum.js', content: 'x', delete: true })).toContain('exactly one of');
  });

  it('may add files, but none that another file is in the way of', () => {
    expect(contentOf({ path: 'src/new.js', content: 'x' }, place)).toBe('x');
    expect(problemOf({ path: 'src/sum.js/a.js', content: 'x' }, place)).toContain('needs a folder');
    expect(problemOf({ path: 'SRC/Sum.js', content: 'x' }, place)).toContain('is the same file');
  });

  it('may not put a new file where somebody else’s has to stand', () => {
    const kept = ['test/…', 'docs/prd.md'];
    const beside = workspace({ 'src/sum.js': TEXT, 'docs/prd.md': 'x' }, { kept });
    for (const path of ['test', 'TEST', 'docs', 'docs/PRD.md', 'docs/prd.md/a'])
      expect(problemOf({ path, content: 'x' }, beside)).toContain(`"${path}" stands in the way of`);
    for (const path of ['test/mine.test.js', 'tests.js', 'docs/more.md', 'docs/prd.md'])
      expect(contentOf({ path, content: 'x' }, beside)).toBe('x');
  });

  it('may take the place of a file that is deleted with it', () => {
    expect(
      apply([
        { path: 'src/sum.js', delete: true },
        { path: 'src/sum.js/a.js', content: 'x' },
      ]),
    ).toEqual({ applied: { written: [{ path: 'src/sum.js/a.js', content: 'x' }], deleted: ['src/sum.js'] } });
  });

  it('that is wrong spoils the whole set: nothing of it is applied, and every problem is told', () => {
    const problem = problemOf(
      [replace('a - b', 'a + b'), { path: 'x.js', delete: true }, { path: '../y', content: '' }],
      place,
    );
    expect(problem.split('\n')).toHaveLength(2);
    expect(problemOf([replace('a - b', '1'), replace('import', '2')])).toContain('changed twice');
    expect(problemOf({ path: 'src/sum.js', delete: true })).toContain('without any file');
  });
});

const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '$', '\t', 'é'), maxLength: 4 });
const eol = fc.constantFrom('\n', '\r\n');
const file = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 8 }), eol)
  .map(([lines, end]) => lines.join(end));

describe('edits of any file', () => {
  it('are applied exactly as many and where they were named, or not at all', () => {
    fc.assert(
      fc.property(file, fc.nat(40), fc.nat(12), line, (text, from, length, by) => {
        const search = text.slice(from, from + length);
        // Half of a CRLF is not a passage: in such a file a lone LF stands for the pair.
        fc.pre(!/^\n|\r$/.test(search) || !text.includes('\r'));
        const result = apply(replace(search, by), workspace({ 'src/sum.js': text }));
        const times = search === '' ? 0 : text.split(search).length - 1;
        if ('applied' in result) {
          expect(times).toBe(1);
          expect(result.applied.written[0]?.content).toBe(
            text.slice(0, text.indexOf(search)) + by + text.slice(text.indexOf(search) + search.length),
          );
        } else expect(result.problems).not.toHaveLength(0);
      }),
    );
  });

  it('come to the same in any order', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 6 }),
        eol,
        (picked, end) => {
          const text = Array.from({ length: 10 }, (_value, index) => `line <${index}>`).join(end);
          const edits = picked.map((index) => ({ search: `<${index}>`, replace: `[${index}]\nmore` }));
          const place = workspace({ 'src/sum.js': text });
          const forth = contentOf({ path: 'src/sum.js', edits }, place);
          expect(forth).toBeDefined();
          expect(contentOf({ path: 'src/sum.js', edits: edits.toReversed() }, place)).toBe(forth);
          expect(forth?.split(end)).toHaveLength(10 + picked.length);
        },
      ),
    );
  });

  it('that swap back give the file back', () => {
    fc.assert(
      fc.property(file, fc.nat(40), fc.integer({ min: 1, max: 12 }), (text, from, length) => {
        const search = text.slice(from, from + length);
        // Half of a CRLF is not a passage: in such a file a lone LF stands for the pair.
        fc.pre(!/^\n|\r$/.test(search) || !text.includes('\r'));
        const there = contentOf(replace(search, '«marker»'), workspace({ 'src/sum.js': text }));
        fc.pre(there !== undefined);
        expect(contentOf(replace('«marker»', search), workspace({ 'src/sum.js': there ?? '' }))).toBe(text);
      }),
    );
  });
});
