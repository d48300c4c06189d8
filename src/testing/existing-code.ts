import type { TestFiles } from './archives.js';
import { SUM_ANSWERS, type SumScript } from './studio-script.js';

/** A test that the project brings along. */
export const OLD_TEST = `import test from 'node:test';
import assert from 'node:assert/strict';
import { name } from '../src/name.js';

test('has a name', () => assert.equal(name, 'sum'));
`;
/** A small project with a fault in `add`, a program, a binary file and a file that nobody needs. */
export const PROJECT: TestFiles = {
  'package.json': '{"name":"sum","type":"module","scripts":{"test":"node --test"}}\n',
  'README.md': '# Sum\n\nAdds, wrongly.\n',
  'src/sum.js': '// Adds.\nexport const add = (a, b) => a - b;\n',
  'src/name.js': "export const name = 'sum';\n",
  'src/old.js': 'export const old = true;\n',
  'test/old.test.js': OLD_TEST,
  'bin/run.sh': { content: '#!/bin/sh\necho sum\n', mode: 0o755 },
  'logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]),
};
/** The same with a link and a document where the studio has its own. */
export const LINKED: TestFiles = {
  ...PROJECT,
  'docs/prd.md': 'the project’s own\n',
  link: { linkTo: 'README.md' },
};

/** An exact edit of `src/sum.js`. */
export const edit = (search: string, replace: string) => ({
  path: 'src/sum.js',
  edits: [{ search, replace }],
});
/** The Engineer's answer. */
export const answer = (...files: unknown[]) => ({ summary: 'Adds instead of subtracting.', files });
/** The right answer at the first attempt. */
export const MENDED = answer(edit('a - b', 'a + b'), { path: 'src/old.js', delete: true });

/** Answers for the sum project as it stands: the spec needs no scaffold, the Engineer reads before it writes. */
export const existingScript = (own: SumScript = {}): SumScript => ({
  write_tech_spec: () => ({
    techSpec: (SUM_ANSWERS['write_tech_spec'] as { techSpec: string }).techSpec,
    scaffold: '',
  }),
  choose_files: ({ messages }) => ({
    files: messages.at(-1)?.content.includes('<tech_spec>') ? ['src/sum.js', 'src/old.js'] : ['src/sum.js'],
  }),
  write_code: () => MENDED,
  ...own,
});
