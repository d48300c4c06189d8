import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What an administrator has set for one gate of one kind; what it leaves out has the default. */
@Entity('approval_policies')
export class ApprovalPolicyRow {
  @PrimaryColumn('varchar', { name: 'kind', length: 20 })
  kind!: string;

  @PrimaryColumn('varchar', { name: 'gate', length: 50 })
  gate!: string;

  @Column('jsonb', { name: 'policy' })
  policy!: Record<string, unknown>;

  @Column('varchar', { name: 'updated_by', length: 64, nullable: true })
  updatedBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
