import { z } from 'zod';
import type { AuditRow } from '../../db/repositories/audit-log-repository.js';
import { iso, time } from './time.js';

/** One row of the audit log. */
export const auditView = z
  .strictObject({
    id: z.number().int(),
    eventType: z.string(),
    at: time,
    user: z
      .strictObject({ id: z.string(), name: z.string().nullable(), email: z.string().nullable() })
      .nullable()
      .describe('Who did it; null for the system itself. Without a name when the user is gone.'),
    sessionId: z.string().nullable(),
    action: z.string().nullable(),
    ip: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    hash: z.string(),
    prevHash: z.string(),
  })
  .meta({ id: 'AuditView' });
export type AuditView = z.infer<typeof auditView>;

/** A row of the log as the API shows it. */
export function presentAudit(row: AuditRow): AuditView {
  return {
    id: row.id,
    eventType: row.eventType,
    at: iso(row.createdAt),
    user: row.userId === null ? null : { id: row.userId, name: row.userName, email: row.userEmail },
    sessionId: row.sessionId,
    action: row.userAction,
    ip: row.ip,
    details: row.details,
    hash: row.hash,
    prevHash: row.prevHash,
  };
}

const CSV_COLUMNS: readonly (readonly [string, (row: AuditRow) => string])[] = [
  ['id', (row) => String(row.id)],
  ['time', (row) => iso(row.createdAt)],
  ['event', (row) => row.eventType],
  ['user_id', (row) => row.userId ?? ''],
  ['user_email', (row) => row.userEmail ?? ''],
  ['session_id', (row) => row.sessionId ?? ''],
  ['action', (row) => row.userAction ?? ''],
  ['ip', (row) => row.ip ?? ''],
  ['details', (row) => JSON.stringify(row.details)],
  ['prev_hash', (row) => row.prevHash],
  ['hash', (row) => row.hash],
];

/** The first line of the log as CSV. */
export const AUDIT_CSV_HEAD = csvLine(CSV_COLUMNS.map(([name]) => name));

/** A row of the log as a line of CSV. */
export function auditCsvLine(row: AuditRow): string {
  return csvLine(CSV_COLUMNS.map(([, value]) => value(row)));
}

/**
 * Every value in quotes. One that a spreadsheet would run as a formula is led by an apostrophe, which makes it text:
 * names and missions are whatever people typed.
 */
function csvLine(values: readonly string[]): string {
  const cells = values.map((value) => {
    const inert = /^[=+\-@\t\r\n|]/.test(value) ? `'${value}` : value;
    return `"${inert.replaceAll('"', '""')}"`;
  });
  return `${cells.join(',')}\r\n`;
}
