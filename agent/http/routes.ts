import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Access } from '../access/access.ts';
import { sightFor } from '../access/sight.ts';
import type { StreamSource } from '../stream/options.ts';
import { type AlarmDesk, alarms } from './alarms.ts';
import { Alive, Ready } from './answers.ts';
import { PlantDescription } from './contract.ts';
import { Tables } from './csv.ts';
import { documents } from './documents.ts';
import { type EntryDesk, entries } from './entries.ts';
import { type Explain, explaining } from './explain.ts';
import { history } from './history.ts';
import { type Operation, operation, serve } from './operation.ts';
import { session } from './session.ts';
import { type SystemBody, system } from './system.ts';

export interface RouteSources extends StreamSource {
  readonly access: Access;
  /** Ready: useful work is being done; the reasons say what is amiss either way. */
  readonly health: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly registry: Registry;
  readonly entries: EntryDesk;
  readonly alarms: AlarmDesk;
  readonly explain: Explain;
  readonly system: () => Promise<SystemBody>;
}

/** Everything but the page and the stream. */
export function routes(app: FastifyInstance, sources: RouteSources): void {
  serve(app, operations(sources));
}

/** All that can be asked. */
export function operations(sources: RouteSources): Operation[] {
  const { plant, wireTime } = sources;
  const lists = { ...sources, tables: new Tables() };
  const own: Operation[] = [
    ...health(sources),
    ...session(sources.access, wireTime),
    operation(
      {
        ...{ id: 'plant', method: 'GET', path: '/v1/plant' },
        summary: 'What there is to see: lines, metrics with their limits, meters, tags, endpoints',
        answers: { 200: { what: 'the plant', json: PlantDescription } },
      },
      async ({ request }) => sightFor(request, plant()).plant,
    ),
    ...history(lists),
    ...entries(sources.entries, lists),
    ...alarms(sources.alarms, plant, wireTime),
    explaining(sources.explain, plant, wireTime),
    system(sources.system),
  ];
  return [...own, ...documents(own)];
}

/** `/healthz`: the process answers. `/readyz`: it does what it is for. */
function health({ health, registry }: RouteSources): Operation[] {
  return [
    operation(
      {
        ...{ id: 'alive', method: 'GET', path: '/healthz', needs: null },
        summary: 'Whether the process answers',
        answers: { 200: { what: 'it does', json: Alive } },
      },
      async () => ({ alive: true }),
    ),
    operation(
      {
        ...{ id: 'ready', method: 'GET', path: '/readyz', needs: null },
        summary: 'Whether it does what it is for; whoever may read is told what is amiss either way',
        answers: { 200: { what: 'it does', json: Ready }, 503: { what: 'it does not', json: Ready } },
      },
      async ({ request: { identity }, reply }) => {
        const { ready, reasons } = health();
        return reply.code(ready ? 200 : 503).send({ ready, reasons: identity === null ? [] : reasons });
      },
    ),
    operation(
      {
        ...{ id: 'selfMetrics', method: 'GET', path: '/metrics', isPlantWide: true },
        summary: 'The agent about itself, for Prometheus',
        answers: { 200: { what: 'its metrics', others: [registry.contentType] } },
      },
      async ({ reply }) => reply.type(registry.contentType).send(await registry.metrics()),
    ),
  ];
}
