import { sha256 } from '../../../core/hash.js';
import type { SandboxPaths } from '../../sandbox/port.js';
import { declaredInJavaScript, importsModule, namesImported } from '../javascript-source.js';
import type { DeclaredTest, Suite, TestCase, TestFile, TestRunner, Unit } from '../port.js';
import type { UnitResult } from '../sealed-report.js';
import { nodeTestCases } from './report.js';

/** `node:test` of Node.js 20 or later, each file in a process of its own. */
class NodeTestRunner implements TestRunner {
  readonly name = 'node-test';
  readonly stubs = true;
  readonly installHint = 'node:test is part of Node.js 20.';

  detect({ tests }: Suite): boolean {
    return tests.some(isNodeTest);
  }

  declared(file: TestFile): DeclaredTest[] {
    return isNodeTest(file) ? declaredInJavaScript(file.content) : [];
  }

  units({ tests, empty }: Suite, paths: SandboxPaths): Unit[] {
    const assets = `${paths.tools}/node-test/assets`;
    const hashes = Object.fromEntries(
      tests.map(({ path, content }) => [`${paths.work}/${path}`, sha256(content)]),
    );
    const stubNames = empty ? namesImported(tests.map(({ content }) => content)) : null;
    return tests.filter(isNodeTest).map(({ path }) => ({
      id: path,
      argv: [
        'node',
        ...[`--test-reporter=${assets}/reporter.mjs`, '--test-reporter-destination=/dev/null'],
        ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
        `${assets}/child.mjs`,
      ],
      input: { file: `${paths.work}/${path}`, work: paths.work, hashes, stubNames },
    }));
  }

  read(results: readonly UnitResult[]): TestCase[] {
    return results.flatMap(nodeTestCases).toSorted((a, b) => compare(a.file ?? '', b.file ?? ''));
  }
}

function isNodeTest(file: TestFile): boolean {
  return /\.[cm]?[jt]s$/.test(file.path) && importsModule(file, 'node:test');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const nodeTestRunner: TestRunner = new NodeTestRunner();
