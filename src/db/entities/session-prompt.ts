import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which version of a profile's prompt a mission was given when it was accepted. Forks have none. */
@Entity('session_prompts')
export class SessionPrompt {
  @PrimaryColumn('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @PrimaryColumn('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  @Column('bigint', { name: 'version_id' })
  versionId!: number;

  /** The canary that ran then, whichever arm the mission came into. */
  @Column('bigint', { name: 'canary_id', nullable: true })
  canaryId!: number | null;

  @Column('boolean', { name: 'is_canary', default: false })
  isCanary!: boolean;
}
