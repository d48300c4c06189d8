import { ValidationError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import type { SandboxPaths } from '../../sandbox/port.js';
import type { DeclaredTest, Suite, TestCase, TestFile, TestRunner, Unit } from '../port.js';
import { brokenEnd, caseReport, fileFailure } from '../records.js';
import type { UnitResult } from '../sealed-report.js';

const TEST_FILE = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;
const ASSERTION = /\b(?:assert\w*|self\.fail|raise|raises|expect\w*|check\w*|verify\w*)\b/i;
const SKIP =
  /@(?:unittest|pytest\.mark)\.(?:skip\w*|expectedFailure|xfail)|\bself\.skipTest\(|\bpytest\.skip\(/;

/** Python's own runners, each test file in a process of its own. `python3` must be installed where tests run. */
export class PythonRunner implements TestRunner {
  readonly stubs = true;
  readonly installHint: string;

  /**
   * @param name also the runner's name in `assets/run_tests.py`
   * @param wants whether these test files call for this runner
   */
  constructor(
    readonly name: 'unittest' | 'pytest',
    private readonly wants: (tests: readonly TestFile[]) => boolean,
  ) {
    this.installHint =
      name === 'unittest'
        ? 'Install python3 where the tests run, or use a sandbox image that has it.'
        : 'Install python3 and pytest where the tests run, or write the tests with unittest, which needs no package.';
  }

  detect({ tests }: Suite): boolean {
    const files = tests.filter(({ path }) => TEST_FILE.test(path));
    return files.length > 0 && this.wants(files);
  }

  declared({ path, content }: TestFile): DeclaredTest[] {
    if (!TEST_FILE.test(path)) return [];
    const code = content.replace(/^[ \t]*#.*$/gm, '');
    const found = [...code.matchAll(/^([ \t]*)(?:async[ \t]+)?def[ \t]+(test\w*)[ \t]*\(/gm)];
    return found
      .filter(([, indent]) => (this.name === 'unittest' ? indent !== '' : true))
      .map((match) => {
        const next = found.find(({ index }) => index > match.index)?.index ?? code.length;
        const before = /(?:^|\n)((?:[ \t]*@[^\n]*\n)+)$/.exec(code.slice(0, match.index))?.[1] ?? '';
        const body = code.slice(match.index + match[0].length, next);
        return {
          name: before.includes('parametrize') ? null : (match[2] ?? null),
          skipped: SKIP.test(before) || SKIP.test(body.replace(/^[ \t]*@[^\n]*$/gm, '')),
          asserts: ASSERTION.test(body),
        };
      });
  }

  units({ tests, empty }: Suite, paths: SandboxPaths): Unit[] {
    const hashes = Object.fromEntries(
      tests.map(({ path, content }) => [`${paths.work}/${path}`, sha256(content)]),
    );
    return tests
      .filter(({ path }) => TEST_FILE.test(path))
      .map(({ path }) => ({
        id: path,
        argv: ['python3', '-I', '-B', `${paths.tools}/python/assets/run_tests.py`],
        input: { runner: this.name, file: `${paths.work}/${path}`, work: paths.work, hashes, empty },
      }));
  }

  /** @throws ValidationError also when the runner's module cannot be imported there */
  read(results: readonly UnitResult[]): TestCase[] {
    return results.flatMap((result) => {
      const { cases, ended, missing } = caseReport(result, result.id);
      if (missing !== undefined)
        throw new ValidationError(
          `The tests could not be run: ${missing} is missing. ${this.installHint}`,
          [{ field: 'runner', message: `${missing} is missing` }],
          { code: 'runner_missing' },
        );
      const failed = cases.some(({ status }) => status === 'failed');
      const broken = brokenEnd(result, ended !== undefined, failed);
      return broken === undefined
        ? cases
        : [...cases, fileFailure(result.id, `The file ${broken}.`, result.stderr)];
    });
  }
}
