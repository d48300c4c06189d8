import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Audit rows go through an inbox, and into the chain while their transaction commits. The chain has one lock for all;
 * taken by the insert itself it was held until the client got round to its COMMIT, and every other writer waited that
 * long. A deferred trigger takes it when nothing is left to do but to commit.
 */
export class AddAuditInbox1795370400100 implements MigrationInterface {
  name = 'AddAuditInbox1795370400100';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE audit_inbox`);
    await db.query(`DROP FUNCTION chain_audit_inbox()`);
  }
}

const UP = [
  `CREATE TABLE audit_inbox (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     event_type varchar(100) NOT NULL,
     session_id varchar(64),
     user_id varchar(64),
     user_action varchar(255),
     details jsonb NOT NULL DEFAULT '{}'::jsonb,
     ip_address inet
   )`,
  // Deferred triggers fire in the order of their rows, so a transaction's rows keep their order in the chain.
  `CREATE FUNCTION chain_audit_inbox() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     DELETE FROM audit_inbox WHERE id = NEW.id;
     INSERT INTO audit_log (event_type, session_id, user_id, user_action, details, ip_address)
     VALUES (NEW.event_type, NEW.session_id, NEW.user_id, NEW.user_action, NEW.details, NEW.ip_address);
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER chain_audit_inbox AFTER INSERT ON audit_inbox
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_audit_inbox()`,
];
