import type { Driver, Point } from '../driver.ts';
import { byPeriod, openLine, pollGroups } from '../session.ts';
import { connect } from './link.ts';
import type { Address, Options } from './options.ts';
import { reader } from './reader.ts';

/** Reads Modbus TCP: coalesced blocks, one request in flight, only function codes 1 to 4. */
export const open =
  (options: Options, points: readonly Point<Address>[]): Driver =>
  async (host, signal) => {
    try {
      using line = openLine(`${options.host}:${options.port}`, options.timeout, host.clock, signal);
      const link = await connect(options, line, host.clock.now);
      const pause = (realMs: number): Promise<void> => host.clock.delay(realMs, line.lost);
      host.connected();
      const groups = byPeriod(points, (group) => reader(group, options, link, host.clock.now, pause));
      await pollGroups(host, groups, line.lost);
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  };
