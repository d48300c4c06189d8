import type { SandboxPaths } from '../../sandbox/port.js';
import { declaredInJavaScript, importsModule, JAVASCRIPT_TEST, packageJson } from '../javascript-source.js';
import type { DeclaredTest, Suite, TestCase, TestFile, TestRunner, Unit } from '../port.js';
import { brokenEnd, caseReport, fileFailure } from '../records.js';
import type { UnitResult } from '../sealed-report.js';

const JEST = 'node_modules/jest/bin/jest.js';

/** The project's own jest, which has to be in its `node_modules`. Tests run in processes of their own. */
class JestRunner implements TestRunner {
  readonly name = 'jest';
  readonly stubs = false;
  readonly installHint =
    'Jest must be in the project’s node_modules, which takes a phase that installs dependencies; that phase is off. ' +
    'Write the tests with node:test, which needs nothing.';

  detect({ tests, project }: Suite): boolean {
    const { test, names } = packageJson(project.get('package.json'));
    return (
      tests.some((file) => importsModule(file, '@jest/globals')) ||
      ((/\bjest\b/.test(test) || names.has('jest')) && tests.some(({ path }) => JAVASCRIPT_TEST.test(path)))
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
          ...['node', '--experimental-vm-modules', JEST, '--ci', '--no-cache', '--passWithNoTests=false'],
          // A limit on memory makes jest use processes even for one file: its reporter is not theirs to reach.
          ...['--maxWorkers=2', '--workerIdleMemoryLimit=512MB', '--coverage=false', '--forceExit'],
          ...[`--reporters=${paths.tools}/jest/assets/reporter.cjs`, '--runTestsByPath', ...files],
        ],
        needs: [JEST],
      },
    ];
  }

  read(results: readonly UnitResult[], suite: Suite): TestCase[] {
    return results.flatMap((result) => projectCases(result, suite));
  }
}

/** The cases of a unit that runs all files: every file must have come to its end. */
export function projectCases(result: UnitResult, suite: Suite): TestCase[] {
  const { cases, files, ended } = caseReport(result, null);
  const locked = new Set(suite.tests.map(({ path }) => path));
  const found = cases.filter(({ file }) => file === null || file === '' || locked.has(file));
  const failed = found.some(({ status }) => status === 'failed');
  const broken = brokenEnd(result, ended !== undefined, failed);
  if (broken !== undefined)
    found.push(fileFailure(result.id, `The test run ${broken}.`, result.stderr || result.stdout));
  const missing = [...locked].filter((path) => JAVASCRIPT_TEST.test(path) && !files.includes(path));
  return [...found, ...missing.map((path) => fileFailure(path, 'The file was not run.', ''))];
}

export const jestRunner: TestRunner = new JestRunner();
