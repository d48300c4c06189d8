import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { RecordedStream } from '../testing/terminal.js';
import { buildProgram, main } from './main.js';

/** Streams of a pipe, and what was written to them. */
function pipes() {
  const stdout = new RecordedStream();
  const stderr = new RecordedStream();
  return { streams: { stdin: process.stdin, stdout, stderr }, stdout, stderr };
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

describe('the command tree', () => {
  const { streams, stdout } = pipes();
  const commands = leaves(buildProgram('1.0.0', streams, async () => undefined));

  it('has the commands that others script against', () => {
    const names = commands.map((command) =>
      command.parent?.name() === 'atelier' ? command.name() : `${command.parent?.name()} ${command.name()}`,
    );
    expect(names).toEqual(
      expect.arrayContaining([
        ...[
          'submit',
          'sessions',
          'show',
          'watch',
          'approve',
          'request-changes',
          'reject',
          'artifacts',
          'export',
        ],
        ...[
          'cancel',
          'retry',
          'rerun',
          'fork',
          'compare',
          'prompts list',
          'prompts show',
          ...['diff', 'draft', 'propose', 'approve', 'activate', 'rollback', 'outcomes', 'tryout'].map(
            (name) => `prompts ${name}`,
          ),
          ...['canary start', 'canary show', 'canary promote', 'canary drop'],
          'settings list',
          'settings set',
          'users list',
        ],
        ...[
          'users create',
          'tokens list',
          'tokens create',
          'tokens revoke',
          'migrate',
          'import-sqlite',
          'doctor',
        ],
        ...['budget', 'eval', 'keys rotate', 'settings set-key', 'agents list', 'agents show', 'agents set'],
      ]),
    );
  });

  it('gives every command --json and a help with an example of its own, fit for 80 columns', () => {
    for (const command of commands) {
      stdout.text = '';
      command.outputHelp();
      expect([command.name(), stdout.text]).toEqual([command.name(), expect.stringContaining('--json')]);
      expect(stdout.text).toMatch(new RegExp(`Examples?:\\n  \\$ npx atelier (\\w+ )*${command.name()}`));
      const wide = stdout.text.split('\n').filter((line) => line.length > 80 && !line.includes('$'));
      expect([command.name(), wide]).toEqual([command.name(), []]);
    }
  });
});

describe('wrong use', () => {
  it.each([
    [['bogus'], /unknown command 'bogus'/],
    [['show', '--bogus'], /unknown option '--bogus'/],
    [['approve'], /missing required argument 'session'/],
    [['sessions', '--limit', 'many'], /It must be a whole number from 1 to 10000/],
    [
      ['users', 'create', 'a@b.c', '--role', 'king'],
      /Allowed choices are viewer, submitter, approver, admin/,
    ],
    [['budget', 'x', '--add-tokens', '1.5'], /It must be a whole number above 0/],
    [['budget', 'x', '--add-usd', '-1'], /It must be a number above 0/],
    [['settings', 'agents', 'set', 'eng', '--model', 'sonnet'], /--model must be provider:model/],
    [['submit', 'x', '--gate', 'after_lunch'], /It must be one of: after_prd, after_spec, before_delivery/],
    [['submit'], /Say what is to be built/],
    [['submit', 'words', '--file', 'x.md'], /as words or with --file, not both/],
    [['submit', '--file', '/nowhere/mission.md'], /cannot be read: .*ENOENT/],
  ])('ends %j with 2 and says what is wrong', async (args, words) => {
    const { streams, stdout, stderr } = pipes();
    expect(await main(args, streams)).toBe(2);
    expect(stderr.text).toMatch(words);
    expect(stderr.text).toMatch(/^atelier: /);
    expect(stdout.text).toBe('');
  });

  it('tells it as JSON on stdout, too, when JSON was asked for', async () => {
    const { streams, stdout } = pipes();
    expect(await main(['submit', '--json'], streams)).toBe(2);
    expect(JSON.parse(stdout.text)).toMatchObject({ error: { code: 'wrong_use' } });
  });
});

describe('help and version', () => {
  it('end with 0, on stdout', async () => {
    for (const args of [['--help'], ['submit', '--help'], ['tokens', '--help'], ['--version']]) {
      const { streams, stdout, stderr } = pipes();
      expect(await main(args, streams)).toBe(0);
      expect(stdout.text).toMatch(args[0] === '--version' ? /^\d+\.\d+\.\d+\n$/ : /^Usage: atelier/);
      expect(stderr.text).toBe('');
    }
  });
});
