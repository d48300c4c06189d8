import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A setting of the whole installation, by key. */
@Entity('settings')
export class Setting {
  @PrimaryColumn('varchar', { name: 'key', length: 100 })
  key!: string;

  @Column('jsonb', { name: 'value' })
  value!: unknown;

  @Column('varchar', { name: 'updated_by', length: 64, nullable: true })
  updatedBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
