import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { UserRole } from '../../core/vocabulary.js';

/** A person who can sign in. The e-mail address is unique without regard to case. */
@Entity('users')
export class User {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'email', length: 320 })
  email!: string;

  @Column('varchar', { name: 'name', length: 255 })
  name!: string;

  /** argon2id; null for people who only use API tokens. */
  @Column('text', { name: 'password_hash', nullable: true, select: false })
  passwordHash!: string | null;

  @Column('varchar', { name: 'role', length: 20, default: 'submitter' })
  role!: UserRole;

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  @Column('boolean', { name: 'must_change_password', default: false })
  mustChangePassword!: boolean;

  @Column('timestamptz', { name: 'last_login_at', nullable: true })
  lastLoginAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
