import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Keys whose values never reach a log line, at the top level or one below. */
const SECRET_KEYS = [
  'password',
  'token',
  'apiKey',
  'api_key',
  'apiKeyEncrypted',
  'authorization',
  'cookie',
  'secret',
  'secretEncrypted',
  'key',
  'secretKeys',
];

/** What pino leaves out of every line. */
export const REDACTION = {
  paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]),
  censor: '[redacted]',
};

export interface LoggerOptions {
  level: string;
  /** People at a terminal read lines, machines read JSON. */
  pretty: boolean;
}

/** The process's root logger, on stderr: stdout belongs to commands and their results. */
export function createLogger({ level, pretty }: LoggerOptions): Logger {
  const redact = REDACTION;
  if (!pretty) return pino({ level, redact }, pino.destination({ fd: 2, sync: false }));
  return pino({
    level,
    redact,
    transport: {
      target: 'pino-pretty',
      options: { destination: 2, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' },
    },
  });
}

/** A logger that says nothing, for tests and library use. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
