import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import type { Pool } from 'pg';

/** Where BullMQ's tables live. Fixed by BullMQ for pools that are handed to it. */
export const BULLMQ_SCHEMA = 'bullmq';

/**
 * Brings BullMQ's tables up to the version this build knows. Any number of processes may do so at once: BullMQ
 * migrates in one transaction behind an advisory lock. Reads first, as even an empty migration takes exclusive
 * locks and needs the right to create.
 * @throws the database's error when it is away or refuses; nothing is half done then
 */
export async function migrateQueueSchema(pool: Pool): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    if ((await installedVersion(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client, BULLMQ_SCHEMA);
    broken = false;
  } finally {
    client.release(broken);
  }
}

async function installedVersion(client: Parameters<typeof assertSchemaCompatibility>[0]): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, BULLMQ_SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}
