import type { Command } from 'commander';
import type { NewTokenView, TokenView } from '../../http/presenters/token.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { ago, oneLine } from '../text.js';

/** `tokens list|create|revoke`: one's own API tokens. */
export function addTokens(program: Command, run: Run): void {
  const tokens = program.command('tokens').description('List, make and revoke your API tokens');
  addCommand(tokens, 'list', { about: 'List your API tokens.', examples: ['tokens list'] }).action(
    (options: { json?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const all = await client.list<TokenView>('/tokens');
        output.result(all, () =>
          output.table(
            ['TOKEN', 'ENDS IN', 'LAST USED', 'EXPIRES', 'NAME'],
            all.map((token) => [
              token.id,
              `…${token.lastFour}`,
              token.lastUsedAt === null ? 'never' : ago(token.lastUsedAt),
              token.revokedAt === null ? (token.expiresAt?.slice(0, 10) ?? 'never') : 'revoked',
              oneLine(token.name),
            ]),
            'No tokens.',
          ),
        );
      }),
  );
  addCommand(tokens, 'create <name>', {
    about: 'Make an API token.',
    more: 'It goes into ATELIER_TOKEN, or into an "Authorization: Bearer" header.',
    examples: ['tokens create laptop', 'tokens create ci --expires-in-days 90 --json'],
  })
    .option('--expires-in-days <n>', 'when it ends; never by default', wholeNumber(1, 3650))
    .action((name: string, { expiresInDays, ...options }: { json?: boolean; expiresInDays?: number }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const made = await client.write<NewTokenView>('POST', '/tokens', { body: { name, expiresInDays } });
        output.result(made, () => {
          output.line(made.token);
          output.hint('Keep it: it is shown this once.');
        });
      }),
    );
  addCommand(tokens, 'revoke <token>', {
    about: 'Revoke a token by its id, at once.',
    examples: ['tokens revoke 0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22'],
  }).action((id: string, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      await client.write('DELETE', `/tokens/${encodeURIComponent(id)}`);
      output.result({ id, revoked: true }, () => output.line('Revoked.'));
    }),
  );
}
