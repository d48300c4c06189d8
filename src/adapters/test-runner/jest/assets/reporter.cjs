// A reporter for jest, in its main process; the tests themselves run in processes of their own. Its results leave
// on descriptor 3, with the token that the harness gave to this process.
const { readSync, writeSync } = require('node:fs');

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

class Reporter {
  constructor() {
    const token = readToken();
    this.send = (record) => writeSync(3, token + ' ' + JSON.stringify(record) + '\n');
  }

  onTestResult(_test, result) {
    const file = local(result.testFilePath);
    for (const one of result.testResults)
      this.send({
        kind: 'case',
        file,
        name: [...one.ancestorTitles, one.title].join(' > ').slice(0, 1_000),
        status: one.status,
        message: local(one.failureMessages.join('\n')).slice(0, MAX_TEXT),
        durationMs: Math.max(0, Math.round(one.duration ?? 0)),
      });
    if (result.testExecError || (result.failureMessage && result.testResults.length === 0))
      this.send({
        kind: 'case',
        file,
        name: file,
        status: 'failed',
        message: local(String(result.failureMessage ?? result.testExecError?.message ?? '')).slice(
          0,
          MAX_TEXT,
        ),
        durationMs: 0,
      });
    this.send({ kind: 'file', file });
  }

  onRunComplete(_contexts, results) {
    this.send({ kind: 'end', count: results.numTotalTests });
  }
}

module.exports = Reporter;
