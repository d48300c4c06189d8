import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Uploaded projects that missions may start from. Their content is in the artifact store, under the manifest. */
export class CreateSources1795370400010 implements MigrationInterface {
  name = 'CreateSources1795370400010';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE sources (
        id varchar(64) PRIMARY KEY,
        user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        name varchar(255) NOT NULL,
        manifest_hash varchar(64) NOT NULL,
        file_count integer NOT NULL,
        size_bytes bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
      )`);
    await db.query(`CREATE INDEX idx_sources_user ON sources (user_id)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE sources`);
  }
}
