import type { Config } from '../core/config.js';
import { createLogger, silentLogger, type Logger } from '../core/logger.js';

/** The logger of a process: `LOG_LEVEL=silent` starts no writer at all. */
export function loggerFor(config: Config): Logger {
  return config.logLevel === 'silent'
    ? silentLogger()
    : createLogger({ level: config.logLevel, pretty: config.env === 'development' });
}
