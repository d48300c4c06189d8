// A reporter for node:test that hands each finished test or suite to the recorder, and says when the runner came
// to its end. It is one of two witnesses: the other one is in `shim.mjs`.

const MAX_TEXT = 4_000;
const MAX_FRAMES = 5;
const folder = process.cwd() + '/';
let send;
let used = false;

/** Connects the reporter to the recorder; only the first call counts. */
export function connect(recorder) {
  send ??= recorder;
}

/** Takes the work folder out of a text, so that it reads the same wherever it ran. */
function local(text) {
  return text.replaceAll('file://' + folder, '').replaceAll(folder, '');
}

/** The text of a failure: its message, and the few frames that lie in the project. */
function textOf(error) {
  const cause = error?.cause ?? error;
  if (typeof cause !== 'object' || cause === null) return local(String(cause)).slice(0, MAX_TEXT);
  const name = typeof cause.name === 'string' ? cause.name : 'Error';
  const message = typeof cause.message === 'string' ? cause.message : String(cause.message ?? '');
  const frames = (typeof cause.stack === 'string' ? cause.stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && line.includes(folder))
    .slice(0, MAX_FRAMES)
    .map((line) => '\n' + line);
  return local(`${name}: ${message}`.slice(0, MAX_TEXT - 1_000) + frames.join('')).slice(0, MAX_TEXT);
}

const given = (mark) => mark !== undefined && mark !== false;

export default async function* report(source) {
  if (used) return;
  used = true;
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const passed = type === 'test:pass';
    send({
      kind: 'event',
      passed,
      name: local(String(data.name ?? '')).slice(0, 1_000),
      nesting: data.nesting,
      suite: data.details?.type === 'suite',
      skipped: given(data.skip) || given(data.todo),
      durationMs: Math.max(0, Math.round(data.details?.duration_ms ?? 0)),
      failure: passed ? '' : String(data.details?.error?.failureType ?? ''),
      message: passed ? '' : textOf(data.details?.error),
    });
  }
  send({ kind: 'end' });
  yield '';
}
