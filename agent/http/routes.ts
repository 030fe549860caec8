import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import type { StreamSource } from '../stream/options.ts';
import { recordText } from '../stream/text.ts';
import { type AlarmDesk, alarmRoutes } from './alarms.ts';
import { HttpFault } from './errors.ts';
import { type Explain, explainRoute } from './explain.ts';
import { HistoryQuery, MetricQuery, RecordsQuery } from './queries.ts';

export interface RouteSources extends StreamSource {
  /** Ready: useful work is being done; the reasons say what is amiss either way. */
  readonly health: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly registry: Registry;
  readonly alarms: AlarmDesk;
  readonly explain: Explain;
}

type WithId = { Params: { id: string } };

/** Everything but the page and the stream. Bodies that are JSON text in the log are passed on as text. */
export function routes(app: FastifyInstance, sources: RouteSources): void {
  health(app, sources);
  data(app, sources);
  alarmRoutes(app, sources.alarms, sources.wireTime);
  explainRoute(app, sources.explain, sources.wireTime);
}

/** `/healthz`: the process answers. `/readyz`: it does what it is for. */
function health(app: FastifyInstance, { health, registry }: RouteSources): void {
  app.get('/healthz', async () => ({ alive: true }));
  app.get('/readyz', async (_request, reply) => {
    const state = health();
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

function data(app: FastifyInstance, { plant, store, wireTime }: RouteSources): void {
  const figures = new Set(plant.lines.flatMap(({ metrics, meters }) => [...metrics, ...meters].map(({ id }) => id)));
  const tags = new Set(plant.tags.map(({ id }) => id));

  app.get('/v1/plant', async () => plant);

  app.get<WithId>('/v1/metrics/:id', async ({ params: { id }, query }, reply) => {
    const { window, from, to, limit } = MetricQuery.parse(query);
    const rows = await store.series(id, window, from, to, limit);
    // A metric of no line is not described, but may well have figures.
    if (rows.length === 0 && !figures.has(id)) throw new HttpFault(404, 'no such metric');
    return json(reply, `[${rows.map(({ body }) => body).join()}]`);
  });

  app.get<WithId>('/v1/tags/:id/history', async ({ params: { id }, query }) => {
    const { from, to, limit } = HistoryQuery.parse(query);
    if (!tags.has(id)) throw new HttpFault(404, 'no such tag');
    const rows = await store.minutes(id, from, to, limit);
    return rows.map((row) => ({ ...row, minute: wireTime(row.minute) }));
  });

  app.get('/v1/records', async ({ query }, reply) => {
    const { after, limit } = RecordsQuery.parse(query);
    const rows = await store.read(after, limit);
    const { epoch } = store;
    const head = JSON.stringify({ epoch, firstSeq: store.firstSeq(), lastSeq: store.lastSeq() }).slice(0, -1);
    return json(reply, `${head},"records":[${rows.map(recordText).join()}]}`);
  });
}

const json = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(text);
