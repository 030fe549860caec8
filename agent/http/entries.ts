import { z } from 'zod';
import { Who } from '../../rules/alarm.ts';
import { CellsEntry, CorrectionEntry, type Entry, InventoryEntry, PieceEntry, SwapEntry } from '../../rules/entry.ts';
import { Id } from '../../rules/options.ts';
import { sightFor } from '../access/sight.ts';
import type { Receipt } from '../entryDesk.ts';
import type { StoredEntry, StoredRecord } from '../store/contract.ts';
import type { EntryBody, EvaluationBody } from '../stream/protocol.ts';
import type { KeyConflict } from '../submissions.ts';
import type { WireTime } from '../wire.ts';
import { type EnteredBody, EntriesPage, EntryReceipt, type Revised } from './answers.ts';
import { actorOf } from './authenticate.ts';
import { CSV_TYPE } from './csv.ts';
import { HttpFault } from './errors.ts';
import { REFUSALS } from './history.ts';
import { type ListSource, sendList } from './list.ts';
import { type Operation, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { HistoryQuery } from './queries.ts';
import { ENTRY_COLUMNS } from './tables.ts';

/** What operators enter by hand: metal tapped, pieces weighed, inventories, meters exchanged, corrections of these. */

const by = Who.optional().describe(
  "who enters it: the token's name, which may be left out; needed where there are no tokens",
);
export const NewEntry = z.discriminatedUnion('type', [
  SwapEntry.extend({ by }),
  PieceEntry.extend({ by }),
  CorrectionEntry.extend({ by }),
  InventoryEntry.extend({ by }),
  CellsEntry.extend({ by }),
]);

export interface EntryDesk {
  enter(entry: Entry, from: string): Promise<Receipt | KeyConflict>;
}

const CONFLICTS: Readonly<Record<KeyConflict, string>> = {
  'other-entry': 'key: it stands for another entry already; a new entry needs a new key',
  spent: 'key: an entry with this key was taken before, of which the log knows no more; a new entry needs a new key',
};

export const entries = (desk: EntryDesk, source: ListSource): Operation[] => [enter(desk, source), list(source)];

function enter(desk: EntryDesk, { plant, wireTime, log }: ListSource): Operation {
  return operation(
    {
      ...{ id: 'enter', method: 'POST', path: '/v1/entries', needs: 'enter', body: NewEntry },
      summary: 'Enters something by hand; said again with the same key it is the same entry and gets the same answer',
      answers: { 200: { what: 'it is in the log, with all that it changed', json: EntryReceipt } },
      refusals: {
        403: 'the meter is of another line than those of the token',
        409: 'the key stands for another entry',
        422: 'the rules cannot take it, and why; that it was tried stands in the log',
        503: 'the log takes no records; say it again with the same key',
      },
    },
    async ({ body, request }) => {
      const sight = sightFor(request, plant());
      if (!sight.metric(body.meter)) throw new HttpFault(403, 'the meter is none of the lines of this token');
      const entry = { ...body, by: actorOf(request, 'by', body.by) };
      const receipt = await desk.enter(entry, request.ip).catch((err: unknown) => {
        log.warn({ event: 'entry-not-logged', key: body.key, err });
        throw new HttpFault(503, 'the log takes no records now; say it again with the same key: it counts once');
      });
      if (typeof receipt === 'string') throw new HttpFault(409, CONFLICTS[receipt]);
      const changed = receipt.changed.filter((record) => sight.record(record.body));
      const told = receiptBody({ ...receipt, changed }, wireTime);
      if (told.entry.refused !== null) throw new HttpFault(422, told.entry.refused);
      return told;
    },
  );
}

function receiptBody({ entry, changed, hasMore }: Receipt, time: WireTime): z.input<typeof EntryReceipt> {
  return { entry: enteredBody(entry, time), revised: changed.flatMap(revisedIn), hasMore };
}

const enteredBody = ({ at, epoch, seq, body }: StoredEntry, time: WireTime): EnteredBody => ({
  ...(JSON.parse(body) as z.infer<typeof EntryBody>),
  ...{ at: time(at), epoch, seq },
});

function revisedIn({ kind, seq, body }: StoredRecord): Revised[] {
  if (kind !== 'evaluation') return [];
  const { metric, window, revision, value, unit, statusCode } = JSON.parse(body) as EvaluationBody;
  return [{ seq, metric, window, revision, value, unit, statusCode }];
}

/** When the last of a page was entered, and its record. */
const Place = z.tuple([z.number(), z.number()]);

const Query = HistoryQuery.extend({ meter: Id.optional() });

function list(source: ListSource): Operation {
  const { plant, store, wireTime } = source;
  return operation(
    {
      ...{ id: 'entries', method: 'GET', path: '/v1/entries', query: Query },
      summary: 'What was entered by hand in [from, to), taken or refused, the newest first',
      answers: { 200: { what: 'a page of entries, or a table of all', json: EntriesPage, others: [CSV_TYPE] } },
      refusals: REFUSALS,
    },
    async ({ query, request, reply }) => {
      const { from = -Infinity, to = Infinity, meter = null } = query;
      const sight = sightFor(request, plant());
      return sendList<EnteredBody, z.infer<typeof Place>>(
        { query, request, reply },
        {
          ...{ name: 'entries', source, columns: ENTRY_COLUMNS, place: Place },
          async read(place, limit) {
            const rows = await store.entries(
              { from, to, meter, before: place && { at: place[0], seq: place[1] } },
              limit + 1,
            );
            const page = pageOf(rows, limit, ({ at, seq }): z.infer<typeof Place> => [at, seq]);
            const seen = page.rows.filter((row) => sight.record(row.body));
            return { ...page, rows: seen.map((row) => enteredBody(row, wireTime)) };
          },
          json: (rows, next) => `{"entries":${JSON.stringify(rows)},"next":${next}}`,
        },
      );
    },
  );
}
