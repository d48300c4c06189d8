import { z } from 'zod';
import { ValidationError } from '../../../core/errors.js';
import type { TestCase } from '../port.js';

const event = z.strictObject({
  passed: z.boolean(),
  name: z.string(),
  file: z.string().nullable(),
  nesting: z.number().int().min(0).max(100),
  kind: z.enum(['file', 'suite', 'test']),
  skipped: z.boolean(),
  durationMs: z.number().min(0),
  /** Why it failed, in node:test's own words, such as `subtestsFailed`. */
  failure: z.string().optional(),
  message: z.string().optional(),
  /** The end of what the file printed to stderr. */
  stderr: z.string().optional(),
});
type TestEvent = z.infer<typeof event>;

const lastLine = z.strictObject({ end: z.literal(true), events: z.number().int().min(0) });

function damaged(reason: string): ValidationError {
  return new ValidationError(
    `The test report is damaged: ${reason}. The test run was probably cut short; run it again.`,
    [{ field: 'report.ndjson', message: reason }],
  );
}

function json(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged(`line ${number} is not JSON`);
  }
}

/**
 * The events of a report.
 * @throws ValidationError when a line is malformed, or the last one is missing or counts differently
 */
function readEvents(text: string): TestEvent[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const end = lastLine.safeParse(json(lines.pop() ?? 'null', lines.length + 1));
  if (!end.success) throw damaged('its last line does not end it');
  if (end.data.events !== lines.length)
    throw damaged(`it holds ${lines.length} results and says that there were ${end.data.events}`);
  return lines.map((line, index) => {
    const parsed = event.safeParse(json(line, index + 1));
    if (!parsed.success) throw damaged(`line ${index + 1} has an unknown form`);
    return parsed.data;
  });
}

/** What node:test does not say of a file whose tests all came to an end. */
const STILL_OPEN = 'The file did not end: a test hangs, or a server, timer or connection is still open.';

/** A test or suite with what was reported inside it, before it. */
interface Node {
  event: TestEvent;
  children: Node[];
}

/** Children are reported before their parent, one level deeper: whatever is pending there belongs to it. */
function buildTrees(events: TestEvent[]): Node[] {
  const pending: Node[][] = [];
  for (const event of events) {
    const children = pending[event.nesting + 1] ?? [];
    pending.length = Math.min(pending.length, event.nesting + 1);
    (pending[event.nesting] ??= []).push({ event, children });
  }
  // Deeper ones without a parent come from a file that ended in the middle of a suite; they count as well.
  return pending.flat();
}

/**
 * The cases below a node. A container (a file, a suite, a test with subtests) is no case, unless it failed for
 * a reason of its own, such as a hook or a file that cannot be loaded. Tests that were cancelled with it have
 * not been executed: the container's failure stands for them.
 */
function* casesOf({ event, children }: Node, suites: string[]): Generator<TestCase> {
  const path = event.kind === 'file' ? suites : [...suites, event.name];
  const isContainer = event.kind !== 'test' || children.length > 0;
  const failedItself = !event.passed && event.failure !== 'subtestsFailed' && !event.skipped;
  const standsFor = isContainer && failedItself;
  for (const child of children)
    if (!(standsFor && child.event.failure === 'cancelledByParent')) yield* casesOf(child, path);
  if (isContainer && !standsFor) return;
  const status = event.skipped ? 'skipped' : event.passed ? 'passed' : 'failed';
  const hint = event.kind === 'file' && event.failure === 'testTimeoutFailure' ? STILL_OPEN : undefined;
  const message = [event.message, hint, event.stderr].filter(Boolean).join('\n').trim();
  yield {
    name: event.kind === 'file' ? event.name : path.join(' > '),
    file: event.file,
    status,
    ...(status === 'failed' ? { message: message || 'failed without a message' } : {}),
    durationMs: event.durationMs,
  };
}

/**
 * The test cases of a report as `assets/reporter.mjs` writes it (Node.js 20 and later).
 * @throws ValidationError when the report is damaged or not complete
 */
export function parseNodeTestReport(text: string): TestCase[] {
  return buildTrees(readEvents(text)).flatMap((node) => [...casesOf(node, [])]);
}
