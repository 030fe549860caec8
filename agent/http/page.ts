import { z } from 'zod';
import { HttpFault } from './errors.ts';

/** Lists that are too long for one answer: a page, and a cursor from which the next one goes on. */

export const Cursor = z.string().max(500).describe('`next` of the page before; the rest of the query stays as it was');
export const Next = z.string().nullable().describe('cursor of the next page; null at the end');

/** A page of a list whose places are `P`: an instant, a seq. */
export interface Page<Row, P> {
  readonly rows: readonly Row[];
  /** Where the next page goes on; null at the end. */
  readonly next: P | null;
}

/** Rows from a place on (null: from the first), at most `limit` of them. */
export type ReadPage<Row, P> = (place: P | null, limit: number) => Promise<Page<Row, P>>;

/** A page out of rows that were read with one more than `limit`; `placeAfter` is where a page goes on that ends with a row. */
export function pageOf<Row, P>(rows: readonly Row[], limit: number, placeAfter: (row: Row) => P): Page<Row, P> {
  const kept = rows.slice(0, limit);
  return { rows: kept, next: rows.length > limit ? placeAfter(kept.at(-1)!) : null };
}

/** The list that a cursor belongs to, the log, and the place in it. */
const Said = z.tuple([z.string(), z.string(), z.unknown()]);

export const cursorAt = (list: string, epoch: string, place: unknown): string =>
  Buffer.from(JSON.stringify([list, epoch, place] satisfies z.infer<typeof Said>)).toString('base64url');

/** The place of a cursor in this list of this log. Throws HttpFault. */
export function placeOf<P>(cursor: string, list: string, epoch: string, schema: z.ZodType<P>): P {
  const [ofList, ofEpoch, said] = Said.safeParse(parsed(cursor)).data ?? [];
  const place = schema.safeParse(said);
  if (ofList !== list || !place.success) throw new HttpFault(400, 'cursor: no cursor of this list');
  if (ofEpoch !== epoch) throw new HttpFault(410, 'cursor: the log has been replaced by another; begin anew');
  return place.data;
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
