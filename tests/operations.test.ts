import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../src/core/config.js';

const text = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** Variables of the first column of the table under "Environment", with the defaults beside them. */
const documented = new Map(
  text('docs/operations.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z]/.test(line))
    .flatMap((line) => {
      const [, names = '', defaults = ''] = line.split('|');
      const quoted = (cell: string): string[] =>
        [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
      return quoted(names).map((name, index): [string, string | undefined] => [
        name,
        quoted(defaults)[index],
      ]);
    }),
);

/** The names that the schema in the configuration's source reads. */
const read = [...text('src/core/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);

describe('the table of the environment in docs/operations.md', () => {
  it('has every variable that the configuration reads, and no other', () => {
    expect(read.length).toBeGreaterThan(15);
    expect([...documented.keys()].toSorted()).toEqual(read.toSorted());
  });

  it('gives the defaults that hold', () => {
    const defaults = [...documented].filter((entry): entry is [string, string] => entry[1] !== undefined);
    expect(defaults.length).toBeGreaterThan(8);
    expect(loadConfig(Object.fromEntries(defaults))).toEqual(loadConfig({}));
  });
});
