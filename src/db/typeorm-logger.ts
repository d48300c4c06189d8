import type { Logger as TypeOrmLogger } from 'typeorm';
import { silentLogger, type Logger } from '../core/logger.js';

/**
 * What TypeORM has to say, in our log. Its own logger writes failed migrations to stdout whatever `logging`
 * says, and stdout belongs to commands. Query parameters are left out: they hold what users wrote.
 */
export class LogOfTypeOrm implements TypeOrmLogger {
  private readonly sink: Logger;

  /** @param logger absent: nothing is written */
  constructor(logger: Logger = silentLogger()) {
    this.sink = logger.child({ part: 'typeorm' });
  }

  logQuery(query: string): void {
    this.sink.trace({ query }, 'query');
  }

  logQueryError(error: string | Error, query: string): void {
    // Whoever ran the query gets the error and decides what it means.
    this.sink.debug({ err: error, query }, 'query failed');
  }

  logQuerySlow(milliseconds: number, query: string): void {
    this.sink.warn({ milliseconds, query }, 'slow query');
  }

  logSchemaBuild(message: string): void {
    this.sink.debug(message);
  }

  logMigration(message: string): void {
    this.sink.info(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.sink[level === 'warn' ? 'warn' : 'debug'](String(message));
  }
}
