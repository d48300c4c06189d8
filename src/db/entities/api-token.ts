import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A bearer token of a user. Only its SHA-256 is kept; `lastFour` tells tokens apart in a list. */
@Entity('api_tokens')
export class ApiToken {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('varchar', { name: 'name', length: 255 })
  name!: string;

  /** SHA-256 of the token, 64 hex digits, unique. */
  @Column('varchar', { name: 'token_hash', length: 64, select: false })
  tokenHash!: string;

  @Column('varchar', { name: 'last_four', length: 4 })
  lastFour!: string;

  /** Made by signing in, not by hand. */
  @Column('boolean', { name: 'is_login', default: false })
  isLogin!: boolean;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
