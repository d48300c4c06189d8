import type { ProjectFile } from '../../src/graphs/studio/files.js';

/** A small project with QA's tests, a solution that is right, and one with the same exports that is not. */
export interface Project {
  name: string;
  language: 'javascript' | 'python';
  scaffold: string;
  tests: ProjectFile[];
  solution: ProjectFile[];
  /** The first file is the one that QA's tests load. */
  wrong: ProjectFile[];
}

const PACKAGE = `printf '{"type":"module","scripts":{"test":"node --test"}}\\n' > package.json\n`;
const HEAD = `import test, { describe, it } from 'node:test';\nimport assert from 'node:assert/strict';\n`;

const stats: Project = {
  name: 'a module of functions',
  language: 'javascript',
  scaffold: PACKAGE,
  tests: [
    {
      path: 'test/stats.test.js',
      content: `${HEAD}import { mean, median } from '../src/stats.js';
test('AC1.1 gives the mean', () => assert.equal(mean([1, 2, 6]), 3));
test('AC1.2 gives the median', () => {
  for (const [list, expected] of [[[3, 1, 2], 2], [[4, 1, 3, 2], 2.5]]) assert.equal(median(list), expected);
});
test('AC1.3 refuses empty lists', () => assert.throws(() => mean([]), RangeError));
`,
    },
  ],
  solution: [
    {
      path: 'src/stats.js',
      content: `export function mean(list) {
  if (list.length === 0) throw new RangeError('the list is empty');
  return list.reduce((sum, one) => sum + one, 0) / list.length;
}
export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
`,
    },
  ],
  wrong: [
    { path: 'src/stats.js', content: 'export const mean = () => 0;\nexport const median = () => 0;\n' },
  ],
};

const cart: Project = {
  name: 'a class with asynchronous methods',
  language: 'javascript',
  scaffold: PACKAGE,
  tests: [
    {
      path: 'test/cart.test.js',
      content: `${HEAD}import { Cart } from '../src/cart.js';
describe('a cart', () => {
  it('AC1.1 adds up its items', async () => {
    const cart = new Cart();
    await cart.add('tea', 250);
    await cart.add('milk', 120);
    assert.deepEqual(await cart.total(), { items: 2, cents: 370 });
  });
  it('AC1.2 refuses negative prices', () => assert.rejects(() => new Cart().add('tea', -1), /price/));
});
`,
    },
    {
      path: 'test/empty.test.js',
      content: `${HEAD}import Cart from '../src/cart.js';
test('AC2.1 begins empty', async (t) => {
  await t.test('by its total', async () => assert.deepEqual(await new Cart().total(), { items: 0, cents: 0 }));
});
`,
    },
  ],
  solution: [
    {
      path: 'src/cart.js',
      content: `export class Cart {
  #items = [];
  async add(name, cents) {
    if (cents < 0) throw new Error('the price is negative');
    this.#items.push({ name, cents });
  }
  async total() {
    return { items: this.#items.length, cents: this.#items.reduce((sum, { cents }) => sum + cents, 0) };
  }
}
export default Cart;
`,
    },
  ],
  wrong: [
    {
      path: 'src/cart.js',
      content: `export class Cart {\n  async add() {}\n  async total() {\n    return null;\n  }\n}\nexport default Cart;\n`,
    },
  ],
};

const cli: Project = {
  name: 'a command-line program',
  language: 'javascript',
  scaffold: PACKAGE,
  tests: [
    {
      path: 'test/cli.test.js',
      content: `${HEAD}import { spawnSync } from 'node:child_process';
import { parse } from '../src/cli.js';
const run = (...args) => spawnSync(process.execPath, ['src/main.js', ...args], { encoding: 'utf8' });
test('AC1.1 prints the sum', () => {
  const { stdout, status } = run('2', '3');
  assert.equal(stdout, '5\\n');
  assert.equal(status, 0);
});
test('AC1.2 names what is no number', () => {
  const { stderr, status } = run('2', 'x');
  assert.match(stderr, /"x" is no number/);
  assert.equal(status, 2);
});
test('AC1.3 parses numbers', () => assert.deepEqual(parse(['1', '-2']), [1, -2]));
`,
    },
  ],
  solution: [
    {
      path: 'src/cli.js',
      content: `export function parse(args) {
  return args.map((text) => {
    const value = Number(text);
    if (Number.isNaN(value)) throw new Error('"' + text + '" is no number');
    return value;
  });
}
`,
    },
    {
      path: 'src/main.js',
      content: `import { parse } from './cli.js';
try {
  console.log(parse(process.argv.slice(2)).reduce((a, b) => a + b, 0));
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
`,
    },
  ],
  wrong: [
    { path: 'src/cli.js', content: 'export const parse = () => [];\n' },
    { path: 'src/main.js', content: `console.log('');\n` },
  ],
};

const python: Project = {
  name: 'a Python module',
  language: 'python',
  scaffold: 'mkdir -p tests\n',
  tests: [
    {
      path: 'tests/test_stats.py',
      content: `import unittest
from stats import mean

class Mean(unittest.TestCase):
    def test_ac1_1_gives_the_mean(self):
        self.assertEqual(mean([1, 2, 6]), 3)

    def test_ac1_2_refuses_empty_lists(self):
        with self.assertRaises(ValueError):
            mean([])
`,
    },
  ],
  solution: [
    {
      path: 'stats.py',
      content: `def mean(values):
    if not values:
        raise ValueError("no values")
    return sum(values) / len(values)
`,
    },
  ],
  wrong: [{ path: 'stats.py', content: 'def mean(values):\n    return 0\n' }],
};

export const JAVASCRIPT_PROJECTS: readonly Project[] = [stats, cart, cli];
export const PYTHON_PROJECT = python;
