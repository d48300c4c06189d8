import { randomBytes } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { USER_ROLES } from '../../core/vocabulary.js';
import type { UserView } from '../../http/presenters/user.js';
import { addCommand, type Run } from '../command-line.js';
import { ago, oneLine } from '../text.js';

interface CreateOptions {
  json?: boolean;
  name?: string;
  role: string;
  passwordStdin?: boolean;
}

/** `users list|create`: the people who can sign in. For administrators. */
export function addUsers(program: Command, run: Run): void {
  const users = program.command('users').description('List and make the people who can sign in');
  addCommand(users, 'list', { about: 'List the people who can sign in.', examples: ['users list'] }).action(
    (options: { json?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const all = await client.list<UserView>('/users');
        output.result(all, () =>
          output.table(
            ['EMAIL', 'ROLE', 'ACTIVE', 'LAST LOGIN', 'NAME'],
            all.map((user) => [
              user.email,
              user.role,
              user.isActive ? 'yes' : 'no',
              user.lastLoginAt === null ? 'never' : ago(user.lastLoginAt),
              oneLine(user.name),
            ]),
            'No users.',
          ),
        );
      }),
  );
  addCommand(users, 'create <email>', {
    about: 'Make somebody who can sign in.',
    more: 'Without --password-stdin a password is made up and shown, once.',
    examples: [
      'users create ann@example.org --name Ann --role approver',
      'users create bot@example.org < password.txt --password-stdin',
    ],
  })
    .option('-n, --name <name>', 'the name shown to others; the address by default')
    .addOption(new Option('-r, --role <role>', 'what they may do').choices(USER_ROLES).default('submitter'))
    .option('--password-stdin', 'read the password from stdin')
    .action((email: string, options: CreateOptions) =>
      run(options, async ({ connect, output, streams }) => {
        const given = options.passwordStdin === true;
        const password = given
          ? (await readAll(streams.stdin)).replace(/\r?\n$/, '')
          : randomBytes(15).toString('base64url');
        const { client } = await connect();
        const user = await client.write<UserView>('POST', '/users', {
          body: { email, name: options.name ?? email, role: options.role, password },
        });
        output.result({ ...user, ...(!given && { password }) }, () => {
          output.line(`Made ${user.email}, role ${user.role}.`);
          if (!given) output.line(`Password, shown this once: ${password}`);
        });
      }),
    );
}
