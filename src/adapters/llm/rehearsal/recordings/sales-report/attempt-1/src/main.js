import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildReport } from './report.js';
import { countRows } from './tables.js';

/**
 * The command.
 * @param {string[]} argv the arguments after the program's name
 * @param {{ stdout: (text: string) => void, stderr: (text: string) => void, cwd: string }} io
 * @returns {Promise<number>} the exit code: 0 success, 1 unusable input, 2 wrong usage
 */
export async function main(argv, { stdout, stderr, cwd }) {
  const fail = (code, message) => {
    // Messages quote arguments and file contents, which must not break the line.
    stderr(`sales-report: ${message.replace(/\p{Cc}+/gu, ' ')}\n`);
    return code;
  };

  let options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    return fail(2, error.message);
  }
  const { input, out, top } = options;
  try {
    const { summary, rejected, markdown, html } = buildReport(await readFile(resolve(cwd, input), 'utf8'), {
      top,
    });
    await mkdir(resolve(cwd, out), { recursive: true });
    const files = [
      [join(out, 'report.md'), markdown],
      [join(out, 'report.html'), html],
    ];
    for (const [path, text] of files) await writeFile(resolve(cwd, path), text);
    stdout(`${[countRows(summary, rejected), ...files.map(([path]) => path)].join('\n')}\n`);
    return 0;
  } catch (error) {
    return fail(1, `${input}: ${error.message}`);
  }
}

function parseOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { out: { type: 'string', default: 'out' }, top: { type: 'string', default: '5' } },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new Error(`one input file expected, "${positionals[1]}" is one too many`);
  const top = /^\d{1,3}$/.test(values.top) ? Number(values.top) : 0;
  if (top < 1 || top > 100)
    throw new Error(`--top must be a whole number from 1 to 100, not "${values.top}"`);
  return { input: positionals[0] ?? 'data/sales.csv', out: values.out, top };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    cwd: process.cwd(),
  });
}
