import type { SandboxPaths } from '../../sandbox/port.js';
import { projectCases } from '../jest/jest.js';
import { declaredInJavaScript, importsModule, JAVASCRIPT_TEST, packageJson } from '../javascript-source.js';
import type { DeclaredTest, Suite, TestCase, TestFile, TestRunner, Unit } from '../port.js';
import type { UnitResult } from '../sealed-report.js';

const VITEST = 'node_modules/vitest/vitest.mjs';

/** The project's own vitest, which has to be in its `node_modules`. Tests run in processes of their own. */
class VitestRunner implements TestRunner {
  readonly name = 'vitest';
  readonly stubs = false;
  readonly installHint =
    'Vitest must be in the project’s node_modules, which takes a phase that installs dependencies; that phase is ' +
    'off. Write the tests with node:test, which needs nothing.';

  detect({ tests, project }: Suite): boolean {
    const { test, names } = packageJson(project.get('package.json'));
    return (
      tests.some((file) => importsModule(file, 'vitest')) ||
      ((/\bvitest\b/.test(test) || names.has('vitest')) &&
        tests.some(({ path }) => JAVASCRIPT_TEST.test(path)))
    );
  }

  declared(file: TestFile): DeclaredTest[] {
    return JAVASCRIPT_TEST.test(file.path) ? declaredInJavaScript(file.content) : [];
  }

  units({ tests }: Suite, paths: SandboxPaths): Unit[] {
    const files = tests.map(({ path }) => path).filter((path) => JAVASCRIPT_TEST.test(path));
    if (files.length === 0) return [];
    return [
      {
        id: this.name,
        argv: [
          ...['node', VITEST, 'run', '--pool=forks', '--maxWorkers=2', '--coverage.enabled=false'],
          ...[`--reporter=${paths.tools}/vitest/assets/reporter.mjs`, ...files],
        ],
        needs: [VITEST],
      },
    ];
  }

  read(results: readonly UnitResult[], suite: Suite): TestCase[] {
    return results.flatMap((result) => projectCases(result, suite));
  }
}

export const vitestRunner: TestRunner = new VitestRunner();
