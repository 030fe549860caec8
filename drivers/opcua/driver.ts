import { ConnectionLost, type Driver, type Point } from '../driver.ts';
import { openLine } from '../session.ts';
import { acquire } from './acquire.ts';
import type { Address } from './address.ts';
import { openSession } from './connect.ts';
import { Refusals } from './identity.ts';
import { library as load } from './library.ts';
import type { Options } from './options.ts';
import { learn } from './server.ts';
import { Refused, type Session, servicesOf } from './services.ts';
import type { Subscription } from './subscription.ts';
import { locate } from './target.ts';
import { closeTrust, openTrust } from './trust.ts';

/** Reads OPC UA: one Read for all nodes of a period, or a subscription to them. It never writes or calls. */
export function open(options: Options, points: readonly Point<Address>[], refusals = new Refusals()): Driver {
  // What the server keeps for us while a lost line is mended.
  const kept: Subscription[] = [];
  return async (host, signal) => {
    using line = openLine(options.url, options.timeout, host.clock, signal);
    const ends = new AsyncDisposableStack();
    try {
      const library = await load();
      const trust = await openTrust(library, host.pkiFolder, options.serverCertificate);
      ends.defer(() => closeTrust(trust));
      const session = (await openSession({ library, options, trust, line, ends, host, refusals })) as Session;
      const { clock } = host;
      // Subscriptions go with us when we end, and stay with the server when we shall be back.
      ends.defer(() =>
        clock.deadline(session.close(signal.aborted), options.timeout, () => new Error('late')).catch(none),
      );
      const services = servicesOf(session, line);
      const server = await learn(services);
      const located = await locate(points, library, server, services);
      await acquire({ session, line, library, server, options, clock, host, services }, located, kept);
    } catch (cause) {
      if (!signal.aborted) throw cause instanceof Refused ? new ConnectionLost(cause.message, { cause }) : cause;
    } finally {
      const closed = ends.disposeAsync().catch(none);
      // A peer that is gone is not waited for, and one that no longer answers not for long.
      if (signal.aborted || !line.lost.aborted) {
        await host.clock.deadline(closed, options.timeout, () => new Error('late')).catch(none);
      }
    }
  };
}

const none = (): void => {};
