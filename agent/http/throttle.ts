import type { FastifyInstance } from 'fastify';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../drivers/driver.ts';
import { Budget } from '../access/budget.ts';
import { clientOf } from '../access/client.ts';
import { HttpFault } from './errors.ts';

/** Answers 429 to a client that asks more than anybody needs, whatever it asks. */
export function throttle(app: FastifyInstance, { monotonic }: Pick<Clock, 'monotonic'>, registry: Registry): void {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  const throttled = counter('pertonne_http_throttled_total', 'Requests refused because their client asks too often');
  const forgotten = counter(
    'pertonne_http_clients_forgotten_total',
    'Clients whose requests are no longer counted because there were too many clients',
  );
  const budget = new Budget(monotonic, () => forgotten.inc());
  app.addHook('onRequest', async (request, reply) => {
    if (budget.take(clientOf(request.ip))) return;
    throttled.inc();
    reply.header('retry-after', '1');
    throw new HttpFault(429, 'too many requests from this address; at most 100 a second for long');
  });
}
