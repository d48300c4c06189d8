import initSqlJs from 'sql.js';
import type { Database } from 'sql.js';
import { messageOf, ValidationError } from '../../core/errors.js';
import { SourceRow } from './source-row.js';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Bytes 18 and 19 of the header: 1 is a rollback journal, 2 a write-ahead log. */
const WRITE_VERSION = 18;
const READ_VERSION = 19;

/** A SQLite database in memory, opened for reading. Close it. */
export class SqliteFile {
  private constructor(
    private readonly database: Database,
    /** Whether the file was in WAL mode, so that its newest changes may be in a `-wal` file beside it. */
    readonly hadWriteAheadLog: boolean,
  ) {}

  /**
   * Opens the bytes of a SQLite file and checks that they are whole.
   * @throws ValidationError naming `file` when they are empty, not SQLite, encrypted, cut off or damaged
   */
  static async open(file: Uint8Array): Promise<SqliteFile> {
    const hadWriteAheadLog = checkHeader(file);
    const bytes = Uint8Array.from(file);
    if (hadWriteAheadLog) {
      // A database in memory can have no log beside it, and SQLite refuses to open one that says it has.
      bytes[WRITE_VERSION] = 1;
      bytes[READ_VERSION] = 1;
    }
    const sqlite = await initSqlJs();
    const database = new sqlite.Database(bytes);
    try {
      database.run('PRAGMA trusted_schema = OFF');
      const [[verdict] = []] = database.exec('PRAGMA quick_check(1)')[0]?.values ?? [];
      if (verdict !== 'ok')
        throw unreadable(
          `is damaged (${String(verdict)}). Copy it again, or mend it with "sqlite3 FILE .recover".`,
        );
      return new SqliteFile(database, hadWriteAheadLog);
    } catch (error) {
      database.close();
      if (error instanceof ValidationError) throw error;
      throw unreadable(
        `cannot be read as a SQLite database (${messageOf(error)}). It may be damaged or encrypted.`,
        error,
      );
    }
  }

  /** The names of its tables, without SQLite's own, as they are written there. */
  tables(): string[] {
    const result = this.database.exec(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    );
    return (result[0]?.values ?? []).map(([name]) => String(name));
  }

  /** The names of a table's columns, in lower case. */
  columns(table: string): string[] {
    const statement = this.database.prepare(`SELECT * FROM ${quoted(table)} LIMIT 0`);
    try {
      return statement.getColumnNames().map((name) => name.toLowerCase());
    } finally {
      statement.free();
    }
  }

  /** How many rows a table has. */
  count(table: string): number {
    return Number(this.database.exec(`SELECT count(*) FROM ${quoted(table)}`)[0]?.values[0]?.[0] ?? 0);
  }

  /** A table's rows, one after the other; the column names are in lower case. */
  *rows(table: string): Generator<SourceRow> {
    const columns = this.columns(table);
    const statement = this.database.prepare(`SELECT * FROM ${quoted(table)}`);
    try {
      while (statement.step()) {
        const values = statement.get();
        yield new SourceRow(new Map(columns.map((name, index) => [name, values[index] ?? null])));
      }
    } finally {
      statement.free();
    }
  }

  close(): void {
    this.database.close();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function unreadable(problem: string, cause?: unknown): ValidationError {
  const message = `The file ${problem}`;
  return new ValidationError(message, [{ field: 'file', message }], { cause });
}

/** Looks at the first 100 bytes (https://sqlite.org/fileformat.html#the_database_header); gives whether it has a log. */
function checkHeader(file: Uint8Array): boolean {
  if (file.length === 0) throw unreadable('is empty. Name a SQLite database, such as data/orchestrator.db.');
  if (Buffer.from(file.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC)
    throw unreadable(
      'is not a SQLite database, or is encrypted. Name the database itself, not a dump of it, and decrypt it first.',
    );
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER_BYTES)
    throw unreadable('is cut off: not even its header is whole. Copy it again.');
  const pageSize = header.getUint16(16) === 1 ? 65_536 : header.getUint16(16);
  // The page count holds only where the same version of the file that changed it last also wrote it.
  const pages = header.getUint32(24) === header.getUint32(92) ? header.getUint32(28) : 0;
  if (file.length < pages * pageSize || file.length % pageSize !== 0)
    throw unreadable(
      `is cut off: it has ${file.length} bytes, and its header promises ${pages} pages of ${pageSize}. Copy it again.`,
    );
  return header.getUint8(READ_VERSION) === 2;
}
