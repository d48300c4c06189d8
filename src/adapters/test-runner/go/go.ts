import { dirname } from 'node:path';
import { z } from 'zod';
import type { DeclaredTest, Suite, TestCase, TestFile, TestRunner, Unit } from '../port.js';
import { brokenEnd, fileFailure } from '../records.js';
import { type UnitResult, unbelievable } from '../sealed-report.js';

const MAX_MESSAGE = 4_000;
const TEST_FILE = /_test\.go$/;

const event = z.looseObject({
  Action: z.string(),
  Package: z.string().optional(),
  Test: z.string().optional(),
  Elapsed: z.number().optional(),
  Output: z.string().optional(),
});
type GoEvent = z.infer<typeof event>;

/** `go test -json`, where Go is installed. The test binary is a process of its own; `go` reads what it prints. */
class GoRunner implements TestRunner {
  readonly name = 'go';
  readonly stubs = false;
  /** No network, no other toolchain, and a cache where the sandbox lets it write. */
  readonly env = {
    GOFLAGS: '-mod=mod',
    GOPROXY: 'off',
    GOTOOLCHAIN: 'local',
    GOCACHE: '/tmp/go-build',
    CGO_ENABLED: '0',
  };
  readonly installHint = 'Install Go where the tests run, or use a sandbox image that has it.';

  detect({ tests }: Suite): boolean {
    return tests.some(({ path }) => TEST_FILE.test(path));
  }

  declared({ path, content }: TestFile): DeclaredTest[] {
    if (!TEST_FILE.test(path)) return [];
    const code = content.replace(/^[ \t]*\/\/.*$/gm, '');
    const found = [...code.matchAll(/^func\s+(Test(?:[^a-z(\s]\w*)?)\s*\(\s*\w+\s+\*testing\.T\s*\)/gm)];
    return found.map((match, index) => {
      const body = code.slice(match.index, found[index + 1]?.index ?? code.length);
      return {
        name: match[1] ?? null,
        skipped: /\.Skip(?:f|Now)?\(/.test(body),
        asserts: /\.(?:Error|Fatal|Fail)(?:f|Now)?\(|\b(?:assert|require|check|verify|expect)\w*[.(]/i.test(
          body,
        ),
      };
    });
  }

  units({ tests }: Suite): Unit[] {
    const packages = [
      ...new Set(tests.filter(({ path }) => TEST_FILE.test(path)).map(({ path }) => `./${dirname(path)}`)),
    ];
    return packages.map((folder) => ({
      id: folder,
      argv: ['go', 'test', '-json', '-count=1', '-vet=off', folder],
      readStdout: true,
    }));
  }

  read(results: readonly UnitResult[], suite: Suite): TestCase[] {
    return results.flatMap((result) => {
      const cases = goCases(result.stdout, fileOf(suite, result.id));
      const failed = cases.some(({ status }) => status === 'failed');
      const broken = brokenEnd(result, result.stdout.includes('"Action":'), failed);
      return broken === undefined
        ? cases
        : [
            ...cases,
            fileFailure(result.id, `The package ${broken}.`, result.stderr || outputOf(result.stdout)),
          ];
    });
  }
}

/** The test file of a package that declares a test; reports name only the test. */
function fileOf(suite: Suite, folder: string): (test: string) => string | null {
  const files = suite.tests.filter(({ path }) => `./${dirname(path)}` === folder);
  return (test) => {
    const root = test.split('/')[0] ?? test;
    return (
      files.find(({ content }) => new RegExp(`^func\\s+${root}\\s*\\(`, 'm').test(content))?.path ?? null
    );
  };
}

function eventsOf(stdout: string): GoEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line, index) => {
      try {
        return event.parse(JSON.parse(line));
      } catch {
        throw unbelievable(`line ${index + 1} of go test's report has an unknown form`);
      }
    });
}

function outputOf(stdout: string): string {
  return eventsOf(stdout)
    .map(({ Output = '' }) => Output)
    .join('')
    .slice(-MAX_MESSAGE);
}

/**
 * The cases in what `go test -json` prints. A test with subtests is a container: it is a case only when it fails
 * and none of its subtests does.
 * @param fileOfTest the test file of a test's name, or null
 * @throws ValidationError when a line is malformed, or a test is reported twice
 */
export function goCases(stdout: string, fileOfTest: (test: string) => string | null): TestCase[] {
  const outcomes = new Map<string, { status: TestCase['status']; seconds: number }>();
  const output = new Map<string, string>();
  for (const { Action, Package = '', Test, Elapsed = 0, Output = '' } of eventsOf(stdout)) {
    if (Test === undefined) continue;
    const key = `${Package}\u0000${Test}`;
    if (Action === 'output') output.set(key, ((output.get(key) ?? '') + Output).slice(-MAX_MESSAGE));
    if (Action !== 'pass' && Action !== 'fail' && Action !== 'skip') continue;
    if (outcomes.has(key)) throw unbelievable(`go test reports ${Test} twice`);
    const status = Action === 'pass' ? 'passed' : Action === 'fail' ? 'failed' : 'skipped';
    outcomes.set(key, { status, seconds: Elapsed });
  }
  const keys = [...outcomes.keys()];
  return [...outcomes].flatMap(([key, { status, seconds }]): TestCase[] => {
    const inside = keys.filter((other) => other.startsWith(`${key}/`));
    if (
      inside.length > 0 &&
      (status !== 'failed' || inside.some((one) => outcomes.get(one)?.status === 'failed'))
    )
      return [];
    const test = key.slice(key.indexOf('\u0000') + 1);
    return [
      {
        name: test.replaceAll('/', ' > '),
        file: fileOfTest(test),
        status,
        ...(status === 'failed' ? { message: output.get(key)?.trim() || 'failed without a message' } : {}),
        durationMs: Math.round(seconds * 1000),
      },
    ];
  });
}

export const goRunner: TestRunner = new GoRunner();
