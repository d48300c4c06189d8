import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A project that somebody uploaded for missions to start from. */
@Entity('sources')
export class Source {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  /** What the upload was called. */
  @Column('varchar', { name: 'name', length: 255 })
  name!: string;

  /** SHA-256 of the manifest in the artifact store. */
  @Column('varchar', { name: 'manifest_hash', length: 64 })
  manifestHash!: string;

  @Column('integer', { name: 'file_count' })
  fileCount!: number;

  @Column('bigint', { name: 'size_bytes' })
  sizeBytes!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
