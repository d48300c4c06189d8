import { describe, expect, it } from '@jest/globals';
import { fittingFiles, PathSet } from './path-set.js';
import { checkFileSet } from './safe-path.js';

describe('a path beside others', () => {
  const set = new PathSet(['test/sum.test.js', 'docs/prd.md', 'README.md']);

  it.each([
    ['test', 'test/sum.test.js'],
    ['TEST', 'test/sum.test.js'],
    ['readme.md', 'README.md'],
    ['readme.md/a.js', 'README.md'],
    ['docs/prd.md/x', 'docs/prd.md'],
  ])('%s clashes with %s', (path, other) => expect(set.clash(path)).toBe(other));

  it.each(['test/sum.test.js', 'test/other.test.js', 'tests', 'src/test', 'README'])(
    '%s does not clash',
    (path) => expect(set.clash(path)).toBeUndefined(),
  );
});

describe('files that fit together', () => {
  it('are the first of those in each other’s way, without paths that nobody can use', () => {
    const paths = ['test/a.test.js', 'test', 'b.js', 'B.js', 'b.js', '../c.js', 'b.js/d.js', 'e:f', 'g/h.js'];
    const { fit, unfit } = fittingFiles(paths.map((path) => ({ path })));
    expect(fit.map(({ path }) => path)).toEqual(['test/a.test.js', 'b.js', 'g/h.js']);
    expect(unfit.map(({ path }) => path)).toEqual(['test', 'B.js', 'b.js', '../c.js', 'b.js/d.js', 'e:f']);
    expect(() => checkFileSet(fit.map(({ path }) => path))).not.toThrow();
  });
});
