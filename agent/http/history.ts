import { z } from 'zod';
import { sightFor } from '../access/sight.ts';
import type { StoredRecord } from '../store/contract.ts';
import type { EvaluationBody } from '../stream/protocol.ts';
import { recordText } from '../stream/text.ts';
import { fromWire } from '../wire.ts';
import { FiguresPage, type MinuteBody, MinutesPage, RecordsPage } from './answers.ts';
import type { PlantDescription } from './contract.ts';
import { CSV_TYPE } from './csv.ts';
import { HttpFault } from './errors.ts';
import { type ListSource, sendList } from './list.ts';
import { type Operation, operation } from './operation.ts';
import { type Page, pageOf } from './page.ts';
import { HistoryQuery, MetricQuery, RecordsQuery, WithId } from './queries.ts';
import { FIGURE_COLUMNS, minuteColumns, RECORD_COLUMNS } from './tables.ts';

/** Figures, tags and records of the past. */
export const history = (source: ListSource): Operation[] => [figures(source), minutes(source), records(source)];

/** Records looked at for one page where only some kinds are asked for. */
const MOST_SCANNED = 20_000;

/** What lists may be refused for. */
export const REFUSALS = {
  410: 'the cursor belongs to a log that was replaced by another',
  503: 'as many tables are being read as the agent serves at a time',
};

function figures(source: ListSource): Operation {
  const { plant, store } = source;
  /** A metric of no line is not described, but may well have figures. */
  const exists = async (id: string, window: z.output<typeof MetricQuery>['window']): Promise<boolean> =>
    isDescribed(plant(), id) || (await store.series(id, window, -Infinity, Infinity, 1)).length > 0;
  return operation(
    {
      ...{ id: 'figures', method: 'GET', path: '/v1/metrics/{id}', params: WithId, query: MetricQuery },
      summary: 'The figures of a metric, or amounts of a meter, over closed windows of a kind that start in [from, to)',
      answers: { 200: { what: 'a page of figures, or a table of all', json: FiguresPage, others: [CSV_TYPE] } },
      refusals: { 404: 'no metric or meter of that name', ...REFUSALS },
    },
    async ({ params: { id }, query, request, reply }) => {
      const { window, from = -Infinity, to = Infinity } = query;
      if (!sightFor(request, plant()).metric(id) || !(await exists(id, window)))
        throw new HttpFault(404, 'no such metric');
      return sendList<StoredRecord, number>(
        { query, request, reply },
        {
          ...{ name: `${id} ${window}`, source, columns: FIGURE_COLUMNS, place: z.number() },
          read: async (place, limit) =>
            pageOf(await store.series(id, window, place ?? from, to, limit + 1), limit, (row) => startOf(row) + 1),
          json: (rows, next) =>
            `{"metric":${JSON.stringify(id)},"figures":[${rows.map(({ body }) => body).join()}],"next":${next}}`,
        },
      );
    },
  );
}

const isDescribed = ({ lines }: PlantDescription, id: string): boolean =>
  lines.some(({ metrics, meters }) => metrics.some((one) => one.id === id) || meters.some((one) => one.id === id));

const startOf = ({ body }: StoredRecord): number => fromWire((JSON.parse(body) as EvaluationBody).window.start);

function minutes(source: ListSource): Operation {
  const { plant, store, wireTime } = source;
  return operation(
    {
      ...{ id: 'tagHistory', method: 'GET', path: '/v1/tags/{id}/history', params: WithId, query: HistoryQuery },
      summary: 'A tag by the minute, of minutes that start in [from, to)',
      answers: { 200: { what: 'a page of minutes, or a table of all', json: MinutesPage, others: [CSV_TYPE] } },
      refusals: { 404: 'no tag of that name', ...REFUSALS },
    },
    async ({ params: { id }, query, request, reply }) => {
      const tag = plant().tags.find((one) => one.id === id);
      if (!tag || !sightFor(request, plant()).tag(id)) throw new HttpFault(404, 'no such tag');
      const { from = -Infinity, to = Infinity } = query;
      return sendList<MinuteBody, number>(
        { query, request, reply },
        {
          ...{ name: id, source, columns: minuteColumns(tag), place: z.number() },
          async read(place, limit) {
            const stored = await store.minutes(id, place ?? from, to, limit + 1);
            const { rows, next } = pageOf(stored, limit, ({ minute }) => minute + 1);
            return { rows: rows.map((row) => ({ ...row, minute: wireTime(row.minute) })), next };
          },
          json: (rows, next) =>
            `{"tag":"${id}","unit":${JSON.stringify(tag.unit)},"scale":${tag.scale},"minutes":${JSON.stringify(rows)},"next":${next}}`,
        },
      );
    },
  );
}

function records(source: ListSource): Operation {
  const { plant, store } = source;
  const page = async (after: number, limit: number): Promise<Page<StoredRecord, number>> =>
    pageOf(await store.read(after, limit + 1), limit, ({ seq }) => seq);
  const ofKinds = async (
    kinds: readonly StoredRecord['kind'][],
    after: number,
    limit: number,
  ): Promise<Page<StoredRecord, number>> => {
    const upTo = Math.max(after, store.firstSeq() - 1) + MOST_SCANNED;
    const { rows, next } = pageOf(await store.readKinds(kinds, after, upTo, limit + 1), limit, ({ seq }) => seq);
    return { rows, next: next ?? (upTo < store.lastSeq() ? upTo : null) };
  };
  return operation(
    {
      ...{ id: 'records', method: 'GET', path: '/v1/records', query: RecordsQuery },
      summary: 'The record log, in order',
      answers: { 200: { what: 'a page of records, or a table of all', json: RecordsPage, others: [CSV_TYPE] } },
      refusals: REFUSALS,
    },
    async ({ query, request, reply }) => {
      const { after, kinds } = query;
      const sight = sightFor(request, plant());
      return sendList<StoredRecord, number>(
        { query, request, reply },
        {
          ...{ name: 'records', source, columns: RECORD_COLUMNS, place: z.number() },
          async read(place, limit) {
            const from = place ?? after;
            const { rows, next } = await (kinds ? ofKinds(kinds, from, limit) : page(from, limit));
            return { rows: rows.filter(({ body }) => sight.record(body)), next };
          },
          json(rows, next) {
            const { epoch } = store;
            const head = JSON.stringify({ epoch, firstSeq: store.firstSeq(), lastSeq: store.lastSeq() }).slice(0, -1);
            return `${head},"records":[${rows.map(recordText).join()}],"next":${next}}`;
          },
        },
      );
    },
  );
}
