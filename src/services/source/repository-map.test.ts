import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateTokens } from '../../adapters/llm/messages.js';
import { factsOf } from './file-facts.js';
import type { BaseFile, Manifest } from './manifest.js';
import { headPaths, repositoryMap } from './repository-map.js';

const fileOf = (path: string, text: string | Buffer): BaseFile => ({
  path,
  sha256: '0'.repeat(64),
  bytes: Buffer.byteLength(text),
  ...factsOf(path, Buffer.from(text)),
});
const manifestOf = (files: Record<string, string | Buffer>): Manifest => ({
  version: 1,
  origin: { kind: 'git', from: 'https://example.org/sum' },
  root: '',
  skipped: { link: { count: 2, examples: ['a', 'b'] } },
  files: Object.entries(files).map(([path, text]) => fileOf(path, text)),
  git: { commit: 'abcdef0123456789', ref: 'main', pack: '0'.repeat(64) },
});
const FILES = {
  'README.md': '# Sum\n\nAdds numbers.\n',
  'dist/sum.js': 'x',
  'logo.png': Buffer.from([0, 1]),
  'package-lock.json': '{}',
  'package.json':
    '{"name":"sum","scripts":{"test":"node --test"},"dependencies":{"left-pad":"1.0.0"},"author":"Ada"}',
  'src/sum.js': 'export const add = 1;\nexport function subtract() {}\n',
  'test/sum.test.js': 'test("x");\n',
};
const mapOf = (files: Record<string, string | Buffer>, tokens = 2000): string => {
  const manifest = manifestOf(files);
  const heads = new Map(headPaths(manifest).map((path) => [path, String(files[path])]));
  return repositoryMap({ manifest, heads, isTest: (path) => path.startsWith('test/') }, tokens);
};

describe('the map of a project', () => {
  it('tells what it is, how it is tested, and what each file holds', () => {
    const map = mapOf(FILES);
    expect(map).toContain('From git https://example.org/sum at main (abcdef0123)');
    expect(map).toContain('Not here: 2 × a link');
    expect(map).toContain('## README.md\n# Sum');
    expect(map).toContain('"scripts":{"test":"node --test"}');
    expect(map).toContain('"dependencies":["left-pad"]');
    expect(map).not.toContain('Ada');
    expect(map).toContain('src/sum.js (2 lines): add, subtract');
    expect(map).toContain('test/sum.test.js (1 lines, test)');
    expect(map).toContain('logo.png (binary, 2 bytes)');
    expect(map).toContain('package-lock.json (lock, 2 bytes)');
    expect(map).toContain('dist/ (1 built or vendored)');
  });

  it('stays within its budget and says the same each time, however many files there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 300, max: 6000 }), (count, tokens) => {
        const many = Object.fromEntries(
          Array.from({ length: count }, (_value, n) => [
            `packages/p${n % 40}/src/module-${n}.ts`,
            `export const name${n} = 1;\nexport class Thing${n} {}\n`,
          ]),
        );
        const map = mapOf({ ...many, ...FILES }, tokens);
        expect(estimateTokens(map)).toBeLessThanOrEqual(tokens);
        expect(mapOf({ ...many, ...FILES }, tokens)).toBe(map);
      }),
      { numRuns: 25 },
    );
  });

  it('gives up names first, then single files, never the whole', () => {
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_value, n) => [`src/m${n}.ts`, `export const alpha${n} = 1;\n`]),
    );
    expect(mapOf(many, 8000)).toContain('src/m1.ts (1 lines): alpha1');
    expect(mapOf(many, 3000)).toContain('src/m1.ts (1 lines)\n');
    expect(mapOf(many, 400)).toContain('src/ (400 files)');
  });
});

describe('the facts of a file', () => {
  it.each([
    [
      'a.ts',
      'export interface A {}\nexport { b, c as d };\nexport default class E {}\n',
      ['A', 'b', 'd', 'E'],
    ],
    ['a.cjs', 'exports.one = 1;\nmodule.exports = { two, three: 3 };\n', ['one', 'two', 'three']],
    ['a.py', 'class A:\n    def inner(self): pass\nasync def run(): pass\n', ['A', 'run']],
    ['a.go', 'func (s *Sum) Add(a int) int {\n}\ntype Sum struct {}\n', ['Add', 'Sum']],
    ['a.rs', 'pub fn add() {}\nfn inner() {}\npub(crate) struct Sum;\n', ['add', 'Sum']],
    ['A.java', 'public final class A {\n  private enum B {}\n}\n', ['A', 'B']],
    ['a.rb', 'module M\n  class C\n    def go?\n', ['M', 'C', 'go?']],
    ['a.sh', 'build() {\n:\n}\n', ['build']],
    ['a.sql', 'CREATE TABLE IF NOT EXISTS users (id int);\n', ['users']],
  ])('of %s name what it defines', (path, text, names) => {
    expect(factsOf(path, Buffer.from(text)).names?.toSorted()).toEqual(names.toSorted());
  });

  it('tell text from everything else', () => {
    expect(factsOf('a.js', Buffer.from([0xff, 0xfe])).kind).toBe('binary');
    expect(factsOf('a.js', Buffer.from('a\0b')).kind).toBe('binary');
    expect(factsOf('yarn.lock', Buffer.from('x')).kind).toBe('lock');
    expect(factsOf('app/build/x.js', Buffer.from('x')).kind).toBe('built');
    expect(factsOf('empty.js', Buffer.alloc(0))).toMatchObject({ kind: 'text', lines: 0 });
  });

  it('are found in any text without a failure', () => {
    const hard = fc.string({
      unit: fc.constantFrom('export ', 'class ', '(', ')', '{', '}', ' ', '\n', 'a', '*', ','),
      maxLength: 400,
    });
    fc.assert(
      fc.property(fc.constantFrom('a.ts', 'a.cpp', 'a.java', 'a.go', 'a.py', 'a.sql'), hard, (path, text) => {
        expect(factsOf(path, Buffer.from(text)).kind).toBe('text');
      }),
    );
  });
});
