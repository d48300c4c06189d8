import type { ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';

/** Values for columns of an entity: a value, or an SQL expression of our own as a function. */
export type ColumnValues<E> = { [K in keyof E]?: E[K] | (() => string) };

/**
 * Hands typed column values to TypeORM. Its own parameter type takes JSON columns apart property by property,
 * which no `Record<string, unknown>` satisfies; this is the one place that bridges the two.
 */
export function columns<E extends ObjectLiteral>(values: ColumnValues<E>): QueryDeepPartialEntity<E> {
  return values;
}
