import { isIP } from 'node:net';
import { sha256 } from '../../core/hash.js';
import { canonicalJson, type ImportContext, type RowPlan, type TableImport } from './table-import.js';

/**
 * Metrics. Their labels are what charts group by, so they get no import key: a row is there already when as many
 * equal rows (name, value, labels, time) are here as in the file so far.
 */
export function metricsImport({ repository }: ImportContext): TableImport {
  const counts = new Map<string, { here: number; seen: number }>();
  return {
    table: 'metrics',
    key: 'id',
    columns: ['id', 'metric_name', 'metric_value', 'labels', 'recorded_at'],
    async plan(row): Promise<RowPlan> {
      const metricValue = row.number('metric_value');
      if (metricValue === null) return { action: 'skip', reason: 'metric_value: is missing' };
      const metric = {
        metricName: row.requiredText('metric_name', 100),
        metricValue,
        labels: row.json('labels') ?? {},
        recordedAt: row.requiredTime('recorded_at'),
      };
      const content = canonicalJson(metric);
      const count = counts.get(content) ?? { here: await repository.countMetrics(metric), seen: 0 };
      counts.set(content, count);
      count.seen += 1;
      if (count.seen <= count.here) return { action: 'leave' };
      return { action: 'write', write: (inner) => inner.addMetric(metric) };
    },
  };
}

/**
 * Audit entries, appended to the chain as it stands: the chain's times are those of writing, so the entry's own time
 * and number go into its details. They name no user of this installation.
 */
export async function auditImport({ repository, importedAt }: ImportContext): Promise<TableImport> {
  const known = await repository.importKeys('audit_log');
  return {
    table: 'audit_log',
    key: 'id',
    columns: ['id', 'event_type', 'session_id', 'user_action', 'details', 'ip_address', 'created_at'],
    async plan(row): Promise<RowPlan> {
      const id = row.requiredText('id');
      const createdAt = row.requiredTime('created_at').toISOString();
      const entry = {
        eventType: row.requiredText('event_type', 100),
        sessionId: row.text('session_id', 64),
        userAction: row.text('user_action', 255),
      };
      const original = row.json('details') ?? {};
      const address = row.text('ip_address');
      const importKey = sha256(canonicalJson(['audit_log', id, createdAt, entry, original, address]));
      if (known.has(importKey)) return { action: 'leave' };
      const ipAddress = address !== null && isAddress(address) ? address : null;
      const details = {
        ...original,
        importedAt,
        importKey,
        originalId: id,
        originalCreatedAt: createdAt,
        ...(address !== null && ipAddress === null && { originalIpAddress: address }),
      };
      return {
        action: 'write',
        changed:
          ipAddress === address
            ? []
            : [['ip_address', 'is not an IP address, kept as details.originalIpAddress']],
        write: async (inner) => {
          await inner.addAuditEntry({ ...entry, ipAddress, details });
          known.add(importKey);
        },
      };
    },
  };
}

/** Whether Postgres takes the text as `inet`: an address, without a zone, perhaps with a prefix length. */
function isAddress(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}
