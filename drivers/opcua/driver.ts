import type { Driver, Point } from '../driver.ts';
import { byPeriod, openLine, pollGroups } from '../session.ts';
import { openSession } from './connect.ts';
import { library as load } from './library.ts';
import type { Address, Options } from './options.ts';
import { asker, learn, reader } from './reader.ts';
import { closeTrust, openTrust } from './trust.ts';

/** Reads OPC UA: one Read for all nodes of a period. It never writes, calls or browses. */
export const open =
  (options: Options, points: readonly Point<Address>[]): Driver =>
  async (host, signal) => {
    using line = openLine(options.url, options.timeout, host.clock, signal);
    const ends = new AsyncDisposableStack();
    try {
      const library = await load();
      const trust = await openTrust(library, host.pkiFolder, options.serverCertificate);
      ends.defer(() => closeTrust(trust));
      const session = await openSession({ library, options, trust, line, ends });
      const ask = asker(session, line);
      const server = await learn(ask);
      host.connected();
      const groups = byPeriod(points, (group) => reader(group, server, ask, host.clock.now));
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
