import { delimiter, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './errors.js';
import { parseRootKeys } from './root-keys.js';

const flag = z
  .enum(['0', '1', 'true', 'false', ''])
  .default('')
  .transform((value) => value === '1' || value === 'true');
const whole = (min: number, max: number, standard: number) =>
  z.coerce.number().int().min(min).max(max).default(standard);

/** Absolute folders, separated as in PATH. */
const folders = z
  .string()
  .default('')
  .transform((value) => value.split(delimiter).filter((path) => path !== ''))
  .refine(
    (paths) => paths.every((path) => isAbsolute(path)),
    `must be absolute paths separated by "${delimiter}"`,
  )
  .transform((paths) => paths.map((path) => resolve(path)));
/** Hosts, separated by commas, each with a port or without. */
const hosts = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ''),
  )
  .refine(
    (names) => names.every((host) => /^([a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(host)),
    'must be host names or host:port separated by commas',
  );

/** Addresses, separated by commas. */
const addresses = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((value) =>
      value
        .split(',')
        .map((url) => url.trim())
        .filter((url) => url !== ''),
    )
    .refine(
      (urls) => urls.length > 0 && urls.every((url) => /^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(url)),
      'must be http or https addresses separated by commas, without user, query or fragment',
    );

const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
    .optional(),
  PORT: whole(0, 65535, 3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  PGVECTOR_DIR: z.string().optional(),
  ATELIER_DATA_DIR: z.string().min(1).default('.atelier'),
  ATELIER_URL: z.url().optional(),
  ATELIER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ATELIER_TOKEN: z.string().optional(),
  ATELIER_SECRET_KEYS: z.string().optional(),
  ATELIER_MODEL: z
    .string()
    .regex(/^[a-z0-9_-]+:.+$/, 'must be provider:model, such as anthropic:claude-sonnet-4-5')
    .optional(),
  ATELIER_ALLOW_UNSANDBOXED: flag,
  ATELIER_SANDBOX: z.enum(['auto', 'bubblewrap', 'docker', 'plain']).default('auto'),
  ATELIER_SANDBOX_IMAGE: z.string().default('node:20-bookworm-slim'),
  ATELIER_REGISTRIES: addresses('https://registry.npmjs.org'),
  ATELIER_SOURCE_ROOTS: folders,
  ATELIER_GIT_HOSTS: hosts,
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  ATELIER_MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]{3,320}$/, 'must be an address, such as "Atelier <atelier@example.org>"')
    .optional(),
  ATELIER_WEBHOOK_ALLOW_PRIVATE: flag,
  ATELIER_WORKER_CONCURRENCY: whole(1, 512, 64),
  ATELIER_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(10),
  ATELIER_DB_POOL: whole(2, 200, 10),
  ANTHROPIC_API_KEY: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  GOOGLE_API_KEY: z.string().optional(),
  OLLAMA_BASE_URL: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
});

/** Everything the process was told from outside, checked once at start. */
export interface Config {
  env: 'development' | 'test' | 'production';
  /** Absent: the embedded Postgres in `dataDir` is used. */
  databaseUrl?: string;
  /** Absent: BullMQ runs on Postgres. */
  redisUrl?: string;
  port: number;
  host: string;
  logLevel: string;
  /** Absolute. Holds the embedded database, artifacts and work folders. */
  dataDir: string;
  /** Folder with a built pgvector for the embedded Postgres. */
  pgvectorDir?: string;
  /** Connections each process may hold for its own queries. */
  dbPool: number;
  /** Where the CLI finds a server that is not its own, and who it is there. */
  remote: { url?: string; token?: string };
  /** `kid:base64,…`; the first one encrypts. */
  secretKeys?: string;
  /** `provider:model` for every profile. */
  model?: string;
  providers: {
    anthropicApiKey?: string;
    openaiApiKey?: string;
    googleApiKey?: string;
    ollamaBaseUrl?: string;
    openaiBaseUrl?: string;
  };
  sandbox: {
    driver: 'auto' | 'bubblewrap' | 'docker' | 'plain';
    image: string;
    allowUnsandboxed: boolean;
    /** npm registries that dependencies are installed from, asked in this order. */
    registries: string[];
  };
  source: {
    /** Absolute folders of the server below which missions may start from existing code. */
    roots: string[];
    /** Git hosts, as `host` or `host:port`, that may be in the own network and may be gone to with ssh. */
    gitHosts: string[];
  };
  notifications: {
    /** Absent: no mail is sent. */
    smtpUrl?: string;
    /** The sender of mail, with a name or without. */
    mailFrom: string;
    /** Where people reach this server, without a slash at the end; links in messages begin with it. */
    publicUrl: string;
    /** Whether webhooks may go to addresses of the own network. */
    allowPrivateWebhooks: boolean;
  };
  worker: {
    /** Runs that one worker process carries at once. */
    concurrency: number;
    /** How long a run may go without a heartbeat before another worker may claim its session. */
    leaseSeconds: number;
  };
}

/**
 * Reads and checks the environment. The only reader of `process.env` in the system.
 * Empty variables count as unset, as compose files produce them.
 * @param standards what holds for variables that are not set, such as a command's quieter LOG_LEVEL
 * @throws ConfigError that lists every problem at once, each with its variable's name
 */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  standards: Readonly<Record<string, string>> = {},
): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const given = { ...standards, ...set };
  const parsed = environment.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success && parsed.data.NODE_ENV === 'production' && parsed.data.ATELIER_ALLOW_UNSANDBOXED)
    problems.push(
      'ATELIER_ALLOW_UNSANDBOXED: is refused in production; install bubblewrap or Docker instead',
    );
  if (given['ATELIER_SECRET_KEYS'] !== undefined) {
    const { broken, weak } = parseRootKeys(given['ATELIER_SECRET_KEYS']);
    // Elsewhere a weak key is only warned of: the environment of a test or a trial protects nothing real.
    const refused = given['NODE_ENV'] === 'production' ? [...broken, ...weak] : broken;
    problems.push(...refused.map((problem) => `ATELIER_SECRET_KEYS: ${problem}`));
  }
  if (!parsed.success || problems.length > 0)
    throw new ConfigError(
      `The environment has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
      { details: { problems } },
    );
  const e = parsed.data;
  return {
    env: e.NODE_ENV,
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    port: e.PORT,
    host: e.HOST,
    logLevel: e.LOG_LEVEL,
    dataDir: resolve(e.ATELIER_DATA_DIR),
    pgvectorDir: e.PGVECTOR_DIR && resolve(e.PGVECTOR_DIR),
    dbPool: e.ATELIER_DB_POOL,
    remote: { url: e.ATELIER_URL, token: e.ATELIER_TOKEN },
    secretKeys: e.ATELIER_SECRET_KEYS,
    model: e.ATELIER_MODEL,
    providers: {
      anthropicApiKey: e.ANTHROPIC_API_KEY,
      openaiApiKey: e.OPENAI_API_KEY,
      googleApiKey: e.GOOGLE_API_KEY,
      ollamaBaseUrl: e.OLLAMA_BASE_URL,
      openaiBaseUrl: e.OPENAI_BASE_URL,
    },
    sandbox: {
      driver: e.ATELIER_SANDBOX,
      image: e.ATELIER_SANDBOX_IMAGE,
      allowUnsandboxed: e.ATELIER_ALLOW_UNSANDBOXED,
      registries: e.ATELIER_REGISTRIES,
    },
    source: { roots: e.ATELIER_SOURCE_ROOTS, gitHosts: e.ATELIER_GIT_HOSTS },
    notifications: {
      smtpUrl: e.SMTP_URL,
      mailFrom: e.ATELIER_MAIL_FROM ?? 'Atelier <atelier@localhost>',
      publicUrl: (e.ATELIER_PUBLIC_URL ?? `http://localhost:${e.PORT}`).replace(/\/+$/, ''),
      allowPrivateWebhooks: e.ATELIER_WEBHOOK_ALLOW_PRIVATE,
    },
    worker: { concurrency: e.ATELIER_WORKER_CONCURRENCY, leaseSeconds: e.ATELIER_LEASE_SECONDS },
  };
}

/** What the environment says about the terminal; see https://no-color.org for NO_COLOR. */
export interface TerminalWishes {
  noColor: boolean;
  /** The terminal cannot move its cursor. */
  dumb: boolean;
}

/** Reads NO_COLOR and TERM. Never fails, so that even a complaint about the environment can be shown rightly. */
export function loadTerminalWishes(env: NodeJS.ProcessEnv = process.env): TerminalWishes {
  return { noColor: (env['NO_COLOR'] ?? '') !== '', dumb: env['TERM'] === 'dumb' };
}

/** Keeps AdminJS, which looks at the environment while it is imported, from bundling at every start by itself. */
export function prepareForAdminJs(): void {
  process.env['ADMIN_JS_SKIP_BUNDLE'] = 'true';
}
