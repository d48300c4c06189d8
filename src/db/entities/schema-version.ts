import { ViewColumn, ViewEntity } from 'typeorm';

/** The migrations that were applied, as document 003 numbers them. */
@ViewEntity({ name: 'schema_version', synchronize: false })
export class SchemaVersion {
  @ViewColumn({ name: 'version' })
  version!: number;

  @ViewColumn({ name: 'applied_at' })
  appliedAt!: Date;

  @ViewColumn({ name: 'description' })
  description!: string;
}
