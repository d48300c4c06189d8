import type { ValueTransformer } from 'typeorm';

/**
 * Postgres hands `numeric` (and `bigint`, where no type parser is set) over as text. Ours are amounts of money,
 * seconds and counts far below 2^53, so a number loses nothing that is shown or summed here.
 */
export const numericToNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null | undefined) => (value == null ? value : Number(value)),
};
