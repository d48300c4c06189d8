import { z } from 'zod';

/** A page of a list: its items, and the cursor of the next page, or null at the end. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The schema of a page of `item`s. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Give this as `cursor` for the next page; null at the end.'),
  });
}
