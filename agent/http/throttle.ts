import type { FastifyInstance } from 'fastify';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../drivers/driver.ts';
import { Budget } from '../access/budget.ts';
import { clientOf } from '../access/client.ts';
import { HttpFault } from './errors.ts';

/** Whether the client at an address may ask once more; what it asks, over HTTP or for the stream, counts together. */
export type MayAsk = (address: string | undefined) => boolean;

/** Refuses those who ask more than anybody needs. */
export function patience({ monotonic }: Pick<Clock, 'monotonic'>, registry: Registry): MayAsk {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  const throttled = counter('pertonne_http_throttled_total', 'Requests refused because their client asks too often');
  const forgotten = counter(
    'pertonne_http_clients_forgotten_total',
    'Clients whose requests are no longer counted because there were too many clients',
  );
  const budget = new Budget(monotonic, () => forgotten.inc());
  return (address) => {
    const may = budget.take(clientOf(address));
    if (!may) throttled.inc();
    return may;
  };
}

/** Answers 429 to those who may not ask, whatever they ask. */
export function throttle(app: FastifyInstance, mayAsk: MayAsk): void {
  app.addHook('onRequest', async (request, reply) => {
    if (mayAsk(request.ip)) return;
    reply.header('retry-after', '1');
    throw new HttpFault(429, 'too many requests from this address; at most 100 a second for long');
  });
}
