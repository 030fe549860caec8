import { Readable } from 'node:stream';
import { type Options, stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { HttpFault } from './errors.ts';
import type { Page, ReadPage } from './page.ts';

/** Tables for spreadsheets: UTF-8 with a mark that says so, RFC 4180, numbers with a point, no cell that is a formula. */

export type Cell = string | number | null | undefined;
export interface Columns<Row> {
  readonly names: readonly string[];
  cells(row: Row): readonly Cell[];
}

/** Columns by their names, of what `read` makes of a row. */
export const columns = <Row, Read>(
  read: (row: Row) => Read,
  byName: Readonly<Record<string, (read: Read) => Cell>>,
): Columns<Row> => ({
  names: Object.keys(byName),
  cells(row) {
    const known = read(row);
    return Object.values(byName).map((cell) => cell(known));
  },
});

export const CSV_TYPE = 'text/csv; charset=utf-8';

/** A lone CR or LF must stand in quotes too, which csv-stringify does by itself only for both together. */
const OPTIONS: Options = { record_delimiter: 'windows', escape_formulas: true, quoted_match: /[\r\n]/ };
/** Rows that are read and held at a time. */
const PAGE = 500;
/** A reader who takes nothing for so long, in real milliseconds, is cut off. */
const STALLED = 60_000;

/** Whether a table is asked for: the query says so, or the header. */
export const wantsCsv = (format: 'json' | 'csv' | undefined, { headers }: FastifyRequest): boolean =>
  format ? format === 'csv' : /\btext\/csv\b/.test(headers.accept ?? '');

export interface Table<Row, P> {
  readonly name: string;
  /** Identity of the log that it is read from. */
  readonly epoch: () => string;
  readonly log: Logger;
  readonly columns: Columns<Row>;
  readonly read: ReadPage<Row, P>;
  readonly from: P | null;
  /** Most rows; undefined: all. */
  readonly limit: number | undefined;
}

/** Tables that are read at a time; each holds three pages at most. */
const MOST_TABLES = 8;

/** The tables that one server's readers are taking. */
export class Tables {
  #open = 0;

  /** Answers with a table, page by page as the reader takes it. Rejects when the first page cannot be read, or with too many others. */
  async send<Row, P>(reply: FastifyReply, table: Table<Row, P>): Promise<FastifyReply> {
    if (reply.request.method === 'HEAD') return headed(reply, table.name).send();
    if (this.#open >= MOST_TABLES)
      throw new HttpFault(503, `${MOST_TABLES} tables are being read, the most at a time; try again when one is done`);
    this.#open++;
    try {
      const first = await table.read(table.from, Math.min(PAGE, table.limit ?? PAGE));
      return headed(reply, table.name).send(this.#rows(reply, table, first));
    } catch (cause) {
      this.#open--;
      throw cause;
    }
  }

  #rows<Row, P>(reply: FastifyReply, table: Table<Row, P>, first: Page<Row, P>): Readable {
    const rows = Readable.from(csvText(table, first));
    rows.on('error', (err) => table.log.error({ err, table: table.name }, 'http: a table broke off'));
    rows.once('close', () => this.#open--);
    reply.raw.setTimeout(STALLED, () => reply.raw.destroy());
    return rows;
  }
}

const headed = (reply: FastifyReply, name: string): FastifyReply =>
  reply
    .type(CSV_TYPE)
    .header('vary', 'accept')
    .header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.csv"`);

async function* csvText<Row, P>(
  { columns, read, limit, epoch }: Table<Row, P>,
  first: Page<Row, P>,
): AsyncGenerator<string> {
  const began = epoch();
  let left = limit ?? Number.POSITIVE_INFINITY;
  yield `\uFEFF${stringify([[...columns.names]], OPTIONS)}`;
  for (let page: Page<Row, P> = first; ; page = await read(page.next, Math.min(PAGE, left))) {
    left -= page.rows.length;
    const cells = page.rows.map((row) => columns.cells(row));
    yield stringify(cells, OPTIONS);
    if (epoch() !== began) throw new Error('the log was replaced while the table was read');
    if (page.next === null || left === 0) return;
  }
}
