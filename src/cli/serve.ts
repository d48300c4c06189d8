import { once } from 'node:events';
import { Argument } from 'commander';
import { loadConfig, loadTerminalWishes, type Config } from '../core/config.js';
import { commandOn, usedRightly } from './command-line.js';
import { openHost, type Host, type PanelMaker } from './host.js';
import { watchSignals } from './interrupt.js';
import { takeFirstLogin } from './local-access.js';
import { Output } from './output.js';
import { complain, outliveReaders, type CliStreams } from './run-command.js';

const ROLES = ['all', 'api', 'worker'] as const;
type Role = (typeof ROLES)[number];

const WHAT: Readonly<Record<Role, string>> = {
  all: 'API and worker',
  api: 'API; it needs a worker elsewhere: npm run start -- worker',
  worker: 'worker; it takes missions from the database and serves no address',
};

/** Addresses that only this machine can reach. */
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * `npm start`: serves until it is told to stop, then drains and closes. A second signal ends it at once.
 * @param args the role, `all` when there is none
 * @param panel what to serve beside the API
 * @returns the exit code: 0 stopped in order, 1 it could not start or stop, 2 wrong use
 */
export async function serve(
  args: readonly string[],
  streams: CliStreams = process,
  panel?: PanelMaker,
): Promise<number> {
  outliveReaders();
  let chosen: { role: Role } = { role: 'all' };
  const line = commandOn(streams, 'npm run start --')
    .description('Serves Atelier until it is told to stop.')
    .addArgument(new Argument('[role]', 'what this process does').choices(ROLES).default('all'))
    .addHelpText('after', '\nExamples:\n  $ npm start\n  $ PORT=8080 npm run start -- api')
    .action((role: Role) => {
      chosen = { role };
    });
  const ended = await usedRightly(() => line.parse([...args], { from: 'user' }));
  if (ended !== undefined) return ended;
  const { role } = chosen;
  const output = new Output({ ...streams, wishes: loadTerminalWishes(), json: false });
  const interrupt = watchSignals(() =>
    output.hint('\nStopping: running work is given back, then all is closed …'),
  );
  let config: Config | undefined;
  let host: Host | undefined;
  try {
    config = loadConfig();
    host = await openHost(config, {
      http: role !== 'worker',
      worker: role !== 'api',
      announce: 'lasting',
      panel,
    });
    if (!interrupt.signal.aborted) {
      await announce(output, host, config, role);
      if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    }
    await host.close();
    output.hint('Stopped.');
    return 0;
  } catch (error) {
    return complain(output, error, config?.logLevel === 'debug' || config?.logLevel === 'trace');
  } finally {
    await host?.close();
    interrupt.dispose();
  }
}

async function announce(output: Output, { app, url }: Host, config: Config, role: Role): Promise<void> {
  const { style } = output;
  output.line(`${style.bold('Atelier')} is up: ${WHAT[role]}`);
  if (url !== '') {
    output.line(`  address   ${url}`);
    output.line(`  panel     ${url}/admin`);
    output.line(`  API       ${url}/docs`);
  }
  output.line(`  database  ${app.embedded ? `embedded, in ${config.dataDir}` : 'from DATABASE_URL'}`);
  output.line(`  queue     ${config.redisUrl === undefined ? 'on Postgres' : 'on Redis'}`);
  const { provider, model } = app.catalog.defaultRef();
  output.line(
    `  model     ${provider}:${model}${provider === 'rehearsal' ? ' (recorded projects; no key is set)' : ''}`,
  );
  output.line(`  sandbox   ${app.sandbox.sandbox.name}`);
  const login = url === '' ? undefined : await takeFirstLogin(config.dataDir);
  if (login) {
    output.line();
    output.line('The first administrator, shown this once:');
    output.line(`  e-mail    ${login.email}`);
    output.line(`  password  ${login.password}`);
  }
  output.line();
  if (role !== 'all' && app.embedded)
    output.hint(
      style.yellow(
        'The embedded database belongs to one process: for an API and workers in several processes set DATABASE_URL.',
      ),
    );
  if (url !== '' && !LOOPBACK.has(config.host))
    output.hint(
      style.yellow(
        `HOST=${config.host} lets other machines in, over plain HTTP: put a proxy that speaks TLS in front.`,
      ),
    );
  if (url !== '') output.hint(style.dim('Submit a mission: npx atelier submit "…"   Stop: Ctrl-C'));
}
