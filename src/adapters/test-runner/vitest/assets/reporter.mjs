// A reporter for vitest, in its main process; the tests themselves run in processes of their own. Its results leave
// on descriptor 3, with the token that the harness gave to this process.
import { readSync, writeSync } from 'node:fs';

const MAX_TEXT = 4_000;
const folder = process.cwd() + '/';
const local = (text) => text.replaceAll('file://' + folder, '').replaceAll(folder, '');

function readToken() {
  const chunk = Buffer.alloc(65_536);
  let line = '';
  while (!line.endsWith('\n')) {
    const length = readSync(3, chunk);
    if (length === 0) throw new Error('the harness said nothing');
    line += chunk.toString('utf8', 0, length);
  }
  return JSON.parse(line).token;
}

export default class Reporter {
  constructor() {
    const token = readToken();
    this.send = (record) => writeSync(3, token + ' ' + JSON.stringify(record) + '\n');
    this.count = 0;
  }

  onTestModuleEnd(module) {
    const file = local(module.moduleId);
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      this.count += 1;
      this.send({
        kind: 'case',
        file,
        name: test.fullName.slice(0, 1_000),
        status: state,
        message: local((errors ?? []).map((error) => error.stack ?? error.message).join('\n')).slice(
          0,
          MAX_TEXT,
        ),
        durationMs: Math.max(0, Math.round(test.diagnostic()?.duration ?? 0)),
      });
    }
    const errors = module.errors();
    if (errors.length > 0)
      this.send({
        kind: 'case',
        file,
        name: file,
        status: 'failed',
        message: local(errors.map((error) => error.stack ?? error.message).join('\n')).slice(0, MAX_TEXT),
        durationMs: 0,
      });
    this.send({ kind: 'file', file });
  }

  onTestRunEnd(_modules, unhandled) {
    for (const error of unhandled)
      this.send({
        kind: 'case',
        file: '',
        name: 'an error outside the tests',
        status: 'failed',
        message: local(String(error.stack ?? error.message)).slice(0, MAX_TEXT),
        durationMs: 0,
      });
    this.send({ kind: 'end', count: this.count });
  }
}
