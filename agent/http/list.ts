import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { StreamSource } from '../stream/options.ts';
import { type Columns, type Tables, wantsCsv } from './csv.ts';
import { cursorAt, placeOf, type ReadPage } from './page.ts';
import { type PageQuery, USUAL_ROWS } from './queries.ts';

/** Where lists come from, and the tables that are being read of them. */
export interface ListSource extends StreamSource {
  readonly tables: Tables;
}

/** Something of which there may be more than one answer holds: in pages as JSON, or all of it as a table. */
export interface List<Row, P> {
  /** Told apart from other lists by it: a cursor of one is none of another. */
  readonly name: string;
  readonly source: ListSource;
  readonly place: z.ZodType<P>;
  readonly read: ReadPage<Row, P>;
  readonly columns: Columns<Row>;
  /** A page as JSON text; `next` is JSON text too. */
  json(rows: readonly Row[], next: string): string;
}

export interface AskedForList {
  readonly query: z.output<typeof PageQuery>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export async function sendList<Row, P>(
  { query, request, reply }: AskedForList,
  list: List<Row, P>,
): Promise<FastifyReply> {
  const { cursor, limit, format } = query;
  const { name, source } = list;
  const { store, log, tables } = source;
  const { epoch } = store;
  const from = cursor === undefined ? null : placeOf(cursor, name, epoch, list.place);
  if (wantsCsv(format, request)) return tables.send(reply, { ...list, log, from, limit, epoch: () => store.epoch });
  const { rows, next } = await list.read(from, limit ?? USUAL_ROWS);
  const text = list.json(rows, JSON.stringify(next === null ? null : cursorAt(name, epoch, next)));
  return reply.type('application/json; charset=utf-8').header('vary', 'accept').send(text);
}
