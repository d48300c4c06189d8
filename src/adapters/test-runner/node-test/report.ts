import { z } from 'zod';
import type { TestCase } from '../port.js';
import { brokenEnd, fileFailure } from '../records.js';
import { recordsOf, type UnitResult } from '../sealed-report.js';

const event = z.strictObject({
  kind: z.literal('event'),
  passed: z.boolean(),
  name: z.string(),
  nesting: z.number().int().min(0).max(100),
  suite: z.boolean(),
  skipped: z.boolean(),
  durationMs: z.number().min(0),
  /** Why it failed, in node:test's own words, such as `subtestsFailed`. */
  failure: z.string(),
  message: z.string(),
});
type TestEvent = z.infer<typeof event>;

const id = z.number().int().min(0);
const record = z.discriminatedUnion('kind', [
  event,
  /** A test was declared; `idle` when it is marked to be skipped or done later. */
  z.strictObject({ kind: z.literal('declared'), id, name: z.string(), idle: z.boolean() }),
  z.strictObject({ kind: z.literal('entered'), id }),
  z.strictObject({ kind: z.literal('body'), id, passed: z.boolean() }),
  z.strictObject({ kind: z.literal('loaded') }),
  z.strictObject({ kind: z.literal('end') }),
]);
type NodeRecord = z.infer<typeof record>;

/** A test or suite with what was reported inside it, before it. */
interface Node {
  event: TestEvent;
  children: Node[];
}

/** Children are reported before their parent, one level deeper: whatever is pending there belongs to it. */
function buildTrees(events: TestEvent[]): Node[] {
  const pending: Node[][] = [];
  for (const one of events) {
    const children = pending[one.nesting + 1] ?? [];
    pending.length = Math.min(pending.length, one.nesting + 1);
    (pending[one.nesting] ??= []).push({ event: one, children });
  }
  // Deeper ones without a parent come from a file that ended in the middle of a suite; they count as well.
  return pending.flat();
}

/**
 * The cases below a node. A container (a suite, a test with subtests) is no case, unless it failed for a reason of
 * its own, such as a hook. Tests that were cancelled with it have not been executed: its failure stands for them.
 */
function* casesOf({ event: own, children }: Node, suites: string[], file: string): Generator<TestCase> {
  const path = [...suites, own.name];
  const isContainer = own.suite || children.length > 0;
  const failedItself = !own.passed && own.failure !== 'subtestsFailed' && !own.skipped;
  const standsFor = isContainer && failedItself;
  for (const child of children)
    if (!(standsFor && child.event.failure === 'cancelledByParent')) yield* casesOf(child, path, file);
  if (isContainer && !standsFor) return;
  const status = own.skipped ? 'skipped' : own.passed ? 'passed' : 'failed';
  yield {
    name: path.join(' > '),
    file,
    status,
    ...(status === 'failed' ? { message: own.message || 'failed without a message' } : {}),
    durationMs: own.durationMs,
  };
}

/** How often each name occurs. */
function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * Where the two witnesses, node:test's reporter and the wrapped bodies, disagree: for each such name, why it cannot
 * be believed that the test passed.
 */
function contradictions(records: readonly NodeRecord[]): [name: string, reason: string][] {
  const names = new Map<number, string>();
  const bodies = new Map<number, boolean>();
  const events: TestEvent[] = [];
  const idle = new Set<number>();
  for (const one of records) {
    if (one.kind === 'declared') {
      names.set(one.id, one.name);
      if (one.idle) idle.add(one.id);
    }
    // A body that failed once has failed, whatever is said later.
    if (one.kind === 'body') bodies.set(one.id, one.passed && bodies.get(one.id) !== false);
    if (one.kind === 'event') events.push(one);
  }
  const found: [string, string][] = [];
  const nameOf = (id: number) => (names.get(id) ?? '').slice(0, 1_000);
  const passedBodies = tally([...bodies].filter(([, passed]) => passed).map(([id]) => nameOf(id)));
  const passedEvents = tally(
    events.filter(({ passed, suite, skipped }) => passed && !suite && !skipped).map(({ name }) => name),
  );
  for (const [name, count] of passedEvents)
    if (count > (passedBodies.get(name) ?? 0))
      found.push([name, 'was reported as passed, but its body did not run to its end without an error']);
  const unfinished = tally([...names.keys()].filter((id) => !bodies.has(id) && !idle.has(id)).map(nameOf));
  const excused = tally(events.filter(({ passed, skipped }) => !passed || skipped).map(({ name }) => name));
  const hooksFailed = events.some(
    ({ passed, suite, failure }) => !passed && suite && failure !== 'subtestsFailed',
  );
  for (const [name, count] of unfinished)
    if (count > (excused.get(name) ?? 0) && !hooksFailed) found.push([name, 'was declared and did not run']);
  const failedBodies = [...bodies].filter(([, passed]) => !passed).map(([id]) => nameOf(id));
  for (const name of failedBodies)
    if (!excused.has(name)) found.push([name, 'failed, and was not reported as failed']);
  return found;
}

/**
 * The test cases of one file, from the records of `assets/child.mjs` (Node.js 20 and later).
 * @throws ValidationError when a record is malformed
 */
export function nodeTestCases(result: UnitResult): TestCase[] {
  const file = result.id;
  const records = recordsOf<NodeRecord>(result, record);
  const events = records.filter((one) => one.kind === 'event');
  const cases = buildTrees(events).flatMap((node) => [...casesOf(node, [], file)]);
  for (const [name, reason] of contradictions(records))
    cases.push({ name, file, status: 'failed', message: `The test ${reason}.`, durationMs: 0 });
  const hasFailure = events.some(({ passed, skipped }) => !passed && !skipped);
  const loaded = records.some(({ kind }) => kind === 'loaded');
  const began = records.some(({ kind }) => kind === 'declared');
  const ended = records.some(({ kind }) => kind === 'end');
  if (!loaded && !result.timedOut)
    cases.push(fileFailure(file, 'The file could not be loaded to its end.', result.stderr));
  else {
    const broken = brokenEnd(result, ended || !began, hasFailure);
    if (broken !== undefined) cases.push(fileFailure(file, `The file ${broken}.`, result.stderr));
  }
  return cases;
}
