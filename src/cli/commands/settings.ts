import type { Command } from 'commander';
import type { SettingView } from '../../http/presenters/setting.js';
import { addCommand, type Run } from '../command-line.js';
import { oneLine } from '../text.js';
import { addAgentSettings } from './agent-settings.js';

/** `settings list|set|agents|set-key`: how the system works. Setting is for administrators. */
export function addSettings(program: Command, run: Run): void {
  const settings = program.command('settings').description('List and change how the system works');
  addCommand(settings, 'list', {
    about: 'List every setting with its value and meaning.',
    examples: ['settings list'],
  }).action((options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const all = await client.list<SettingView>('/settings');
      output.result(all, () =>
        output.table(
          ['SETTING', 'VALUE', 'DEFAULT', 'MEANING'],
          all.map(({ key, value, default: standard, about }) => [
            key,
            JSON.stringify(value),
            JSON.stringify(standard),
            oneLine(about),
          ]),
          'No settings.',
        ),
      );
    }),
  );
  addCommand(settings, 'set <key> <value>', {
    about: 'Change a setting.',
    more: 'The value "default" takes it back to its default.',
    examples: ['settings set maxIterations 5', 'settings set maxIterations default'],
  }).action((key: string, text: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const changed = await client.write<SettingView>('PUT', `/settings/${encodeURIComponent(key)}`, {
        body: { value: text === 'default' ? null : valueOf(text) },
      });
      output.result(changed, () => output.line(`${changed.key} = ${JSON.stringify(changed.value)}`));
    }),
  );
  addAgentSettings(settings, run);
}

/** JSON where it is some (`5`, `true`), else the text itself. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
