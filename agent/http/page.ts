import { z } from 'zod';
import { HttpFault } from './errors.ts';

/** Lists that are too long for one answer: a page, and a cursor from which the next one goes on. */

export const Cursor = z.string().max(300).describe('`next` of the page before; the rest of the query stays as it was');
export const Next = z.string().nullable().describe('cursor of the next page; null at the end');

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page goes on; null at the end. */
  readonly next: number | null;
}

/** Rows from a place on (null: from the first), at most `limit` of them. */
export type ReadPage<Row> = (place: number | null, limit: number) => Promise<Page<Row>>;

/** A page out of rows that were read with one more than `limit`; `placeAfter` is where a page goes on that ends with a row. */
export function pageOf<Row>(rows: readonly Row[], limit: number, placeAfter: (row: Row) => number): Page<Row> {
  const kept = rows.slice(0, limit);
  return { rows: kept, next: rows.length > limit ? placeAfter(kept.at(-1)!) : null };
}

/** What a cursor says: the list it belongs to, the log, and the place in it. */
const Place = z.tuple([z.string(), z.string(), z.number()]);

export const cursorAt = (list: string, epoch: string, place: number): string =>
  Buffer.from(JSON.stringify([list, epoch, place] satisfies z.infer<typeof Place>)).toString('base64url');

/** The place of a cursor in this list of this log. Throws HttpFault. */
export function placeOf(cursor: string, list: string, epoch: string): number {
  const { data } = Place.safeParse(parsed(Buffer.from(cursor, 'base64url').toString()));
  if (data?.[0] !== list) throw new HttpFault(400, 'cursor: no cursor of this list');
  if (data[1] !== epoch) throw new HttpFault(410, 'cursor: the log has been replaced by another; begin anew');
  return data[2];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
