import { ConnectionLost, type Driver, type Host, type Point } from '../driver.ts';
import { type GivenPoints, type Points, pointsOf } from '../points.ts';
import { acquire } from './acquire.ts';
import type { Address } from './address.ts';
import type { Link } from './link.ts';
import type { Options } from './options.ts';
import { Servers } from './redundancy.ts';
import { learn } from './server.ts';
import { Refused } from './services.ts';
import type { Subscription } from './subscription.ts';
import { type Located, locate } from './target.ts';

/** Reads OPC UA: one Read for all nodes of a period, or a subscription to them. It never writes or calls. */
export function open(options: Options, given: GivenPoints<Address>): Driver {
  const points = pointsOf(given);
  const servers = new Servers(options);
  // What a server keeps for us while a lost line is mended.
  const kept = new Kept();
  return async (host, signal) => {
    let link: Link | undefined;
    let watching: Promise<void> | undefined;
    try {
      link = await servers.open(host, signal);
      watching = servers.watch(link, host).catch(() => {});
      await run(link, host, options, points, kept.at(link.url));
    } catch (cause) {
      if (!signal.aborted) throw cause instanceof Refused ? new ConnectionLost(cause.message, { cause }) : cause;
    } finally {
      await link?.close();
      if (signal.aborted) await watching;
    }
  };
}

async function run(
  { line, session, services, library }: Link,
  host: Host,
  options: Options,
  points: Points<Address>,
  kept: Subscription[],
): Promise<never> {
  const server = await learn(services);
  // Namespaces may have come since.
  const find = async (some: readonly Point<Address>[]): Promise<Located[]> =>
    locate(some, library, await learn(services), services);
  const first = points.now;
  const located = await locate(first, library, server, services);
  const using = {
    session,
    line,
    library,
    server,
    options,
    clock: host.clock,
    host,
    services,
    find,
    gone: new Set<string>(),
  };
  return acquire(using, points, { points: first, located }, kept);
}

/** The subscriptions that the server used last may still have. */
class Kept {
  #url = '';
  #subscriptions: Subscription[] = [];

  at(url: string): Subscription[] {
    if (url !== this.#url) this.#subscriptions = [];
    this.#url = url;
    return this.#subscriptions;
  }
}
