import { isAbsolute, join, resolve, sep, win32 } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ValidationError } from './errors.js';
import { checkFilePath, checkFileSet } from './safe-path.js';

const isAccepted = (path: string) => {
  try {
    checkFilePath(path);
    return true;
  } catch (error) {
    if (error instanceof ValidationError) return false;
    throw error;
  }
};

/** Pieces that paths go wrong with, mixed with anything. */
const nastyPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '',
        'a',
        'src',
        '.git',
        '.GIT',
        'git~1',
        'C:',
        '~',
        ' ',
        '\0',
        '\u200c',
      ),
      fc.constantFrom(
        '．．',
        '‥',
        '／',
        'ｇｉｔ',
        '․git',
        'node_modules',
        'NODE_MODULES',
        '\ud800',
        '\u202e',
        'é',
        '\t',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .chain((pieces) => fc.constantFrom(pieces.join('/'), pieces.join('')));

describe('checking a path that a model wrote', () => {
  it.each([
    ['package.json'],
    ['src/index.js'],
    ['.gitignore'],
    ['.github/workflows/ci.yml'],
    ['docs/Überblick.md'],
    ['a/git/b.js'],
    ['src/[id].ts'],
    ['..hidden/...rest'],
  ])('accepts %j and returns it', (path) => {
    expect(checkFilePath(path)).toBe(path);
  });

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'relative'],
    ['../up', '..'],
    ['a/../../up', '..'],
    ['a/./b', '. or ..'],
    ['a//b', 'empty folder'],
    ['a/', 'empty folder'],
    ['a\\b', '\\'],
    ['C:/x', 'colon'],
    ['.git::$INDEX_ALLOCATION/config', 'colon'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['src/.git/config', '.git'],
    ['.GiT/config', '.git'],
    ['.g\u200cit/config', 'invisible'],
    ['.git\ufeff/config', 'invisible'],
    ['．ｇｉｔ/config', '.git'],
    ['GIT~1/config', '.git'],
    ['git~2/config', '.git'],
    ['.git./config', 'ends with a dot'],
    ['.git /config', 'ends with a dot or a space'],
    ['Node_Modules/x/index.js', 'node_modules'],
    ['‥/up', '..'],
    ['a／..／b', 'read as /'],
    ['／etc', 'read as /'],
    ['\ud800', 'Unicode'],
    ['é'.repeat(128), '255 bytes'],
    ['abc/'.repeat(300) + 'x', '1024 bytes'],
  ])('refuses %j', (path, reason) => {
    expect(() => checkFilePath(path, 'files[3].path')).toThrow(reason);
    expect(() => checkFilePath(path, 'files[3].path')).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field: 'files[3].path' })] }),
    );
  });

  it('accepts only paths that stay below the root, on POSIX and on Windows', () => {
    fc.assert(
      fc.property(nastyPath, (path) => {
        fc.pre(isAccepted(path));
        expect(isAbsolute(path)).toBe(false);
        expect(resolve('/root/project', path).startsWith(`/root/project${sep}`)).toBe(true);
        expect(join('/root/project', path)).toBe(`/root/project/${path}`);
        expect(win32.resolve('C:\\project', path).startsWith('C:\\project\\')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts no path that any usual folding turns into .git or a way up', () => {
    const foldings = [
      (text: string) => text.toLowerCase(),
      (text: string) => text.normalize('NFKC').toLowerCase(),
      (text: string) => text.normalize('NFD').toUpperCase().toLowerCase(),
      (text: string) => text.replaceAll(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase(),
      (text: string) => text.replaceAll(/[. ]+(?=\/|$)/g, '').toLowerCase(),
    ];
    fc.assert(
      fc.property(nastyPath, (path) => {
        fc.pre(isAccepted(path));
        for (const fold of foldings)
          for (const segment of fold(path).split('/'))
            expect(['.git', 'git~1', '..', '.', '', 'node_modules']).not.toContain(segment);
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts every ordinary path', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,20}[a-zA-Z0-9_-]$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
        fc.pre(!names.some((one) => one.toLowerCase() === 'node_modules'));
        expect(isAccepted(names.join('/'))).toBe(true);
      }),
    );
  });
});

describe('checking the paths of a set of files', () => {
  it('accepts different files, also in one folder', () => {
    expect(() => checkFileSet(['a.js', 'src/a.js', 'src/b.js', 'src/a/c.js'])).not.toThrow();
    expect(() => checkFileSet([])).not.toThrow();
  });

  it.each([
    [['a.js', 'a.js'], 'files[1].path'],
    [['src/App.js', 'SRC/app.js'], 'files[1].path'],
    [['caf\u00e9.js', 'cafe\u0301.js'], 'files[1].path'],
    [['stra\u00dfe.js', 'STRASSE.js'], 'files[1].path'],
    [['src', 'src/a.js'], 'files[1].path'],
    [['a/b/c.js', 'A/b'], 'files[0].path'],
  ])('refuses %j', (paths, field) => {
    expect(() => checkFileSet(paths)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field })] }),
    );
  });

  it('lists every problem at once', () => {
    expect(() => checkFileSet(['../x', 'ok.js', '.git/config', 'OK.js'])).toThrow(
      expect.objectContaining({
        problems: ['files[0].path', 'files[2].path', 'files[3].path'].map((field) =>
          expect.objectContaining({ field }),
        ),
      }),
    );
  });
});
