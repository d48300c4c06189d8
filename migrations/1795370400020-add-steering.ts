import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a person has asked a session to go on from; the next run carries it out once and clears it. */
export class AddSteering1795370400020 implements MigrationInterface {
  name = 'AddSteering1795370400020';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE sessions ADD COLUMN steer jsonb`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE sessions DROP COLUMN steer`);
  }
}
