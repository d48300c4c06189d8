import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user's group of sessions; names are unique per user, deleting it deletes its sessions. */
@Entity('projects')
export class Project {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('varchar', { name: 'name', length: 255 })
  name!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
