// A reporter for `node --test`. It runs inside the sandbox, beside the code under test, and writes one JSON
// object per line: every finished test or suite as the runner tells it, and a last line that says how many there
// were. What they mean is worked out outside.

const MAX_TEXT = 4_000;
const MAX_STDERR = 4_000;
const MAX_FRAMES = 5;

/** Takes the work folder out of a text, so that it reads the same wherever it ran. */
function local(text) {
  const folder = process.cwd() + '/';
  return text.replaceAll('file://' + folder, '').replaceAll(folder, '');
}

function relative(file) {
  return typeof file === 'string' ? local(file) : null;
}

/** The text of a failure: its message, and the few frames that lie in the project. */
function textOf(error) {
  const cause = error?.cause ?? error;
  if (typeof cause !== 'object' || cause === null) return local(String(cause)).slice(0, MAX_TEXT);
  const name = typeof cause.name === 'string' ? cause.name : 'Error';
  const message = typeof cause.message === 'string' ? cause.message : String(cause.message ?? '');
  const frames = (typeof cause.stack === 'string' ? cause.stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && line.includes(process.cwd() + '/'))
    .slice(0, MAX_FRAMES)
    .map((line) => '\n' + line);
  return local(`${name}: ${message}`.slice(0, MAX_TEXT - 1_000) + frames.join('')).slice(0, MAX_TEXT);
}

export default async function* report(source) {
  // What a file printed to stderr is the only word on why it could not even be loaded.
  const stderr = new Map();
  let events = 0;
  for await (const { type, data } of source) {
    if (type === 'test:stderr')
      stderr.set(data.file, ((stderr.get(data.file) ?? '') + data.message).slice(-MAX_STDERR));
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    events += 1;
    const file = relative(data.file);
    const name = relative(data.name) ?? '';
    const isFile = data.nesting === 0 && name === file;
    const error = data.details?.error;
    yield (
      JSON.stringify({
        passed: type === 'test:pass',
        name: name.slice(0, 1_000),
        file,
        nesting: data.nesting,
        kind: isFile ? 'file' : data.details?.type === 'suite' ? 'suite' : 'test',
        skipped:
          (data.skip !== undefined && data.skip !== false) ||
          (data.todo !== undefined && data.todo !== false),
        durationMs: Math.max(0, Math.round(data.details?.duration_ms ?? 0)),
        failure: error?.failureType,
        message: type === 'test:fail' ? textOf(error) : undefined,
        stderr: isFile && type === 'test:fail' ? local(stderr.get(data.file) ?? '') : undefined,
      }) + '\n'
    );
  }
  yield JSON.stringify({ end: true, events }) + '\n';
}
