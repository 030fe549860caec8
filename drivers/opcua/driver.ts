import type { Driver, Point } from '../driver.ts';
import { byPeriod, openLine, pollGroups } from '../session.ts';
import type { Address } from './address.ts';
import { openSession } from './connect.ts';
import { Refusals } from './identity.ts';
import { library as load } from './library.ts';
import type { Options } from './options.ts';
import { reader } from './reader.ts';
import { learn } from './server.ts';
import { servicesOf } from './services.ts';
import { locate } from './target.ts';
import { closeTrust, openTrust } from './trust.ts';

/** Reads OPC UA: one Read for all nodes of a period. It never writes, calls or browses. */
export const open =
  (options: Options, points: readonly Point<Address>[], refusals = new Refusals()): Driver =>
  async (host, signal) => {
    using line = openLine(options.url, options.timeout, host.clock, signal);
    const ends = new AsyncDisposableStack();
    try {
      const library = await load();
      const trust = await openTrust(library, host.pkiFolder, options.serverCertificate);
      ends.defer(() => closeTrust(trust));
      const session = await openSession({ library, options, trust, line, ends, host, refusals });
      const services = servicesOf(session, line);
      const server = await learn(services);
      const located = await locate(points, library, server, services);
      host.connected();
      const groups = byPeriod(located, (group) => reader(group, server, services, host.clock.now));
      await pollGroups(host, groups, line.lost);
    } catch (cause) {
      if (!signal.aborted) throw cause;
    } finally {
      const closed = ends.disposeAsync().catch(none);
      // A peer that is gone is not waited for, and one that no longer answers not for long.
      if (signal.aborted || !line.lost.aborted) {
        await host.clock.deadline(closed, options.timeout, () => new Error('late')).catch(none);
      }
    }
  };

const none = (): void => {};
