import type { Driver, Host } from '../driver.ts';
import { type GivenPoints, type Points, pointsOf } from '../points.ts';
import { byPeriod, openLine, pollGroups } from '../session.ts';
import type { Address } from './address.ts';
import { connect } from './link.ts';
import { lineOf, type Options } from './options.ts';
import { reader } from './reader.ts';

/** Reads Modbus TCP, RTU or ASCII: coalesced blocks through one queue, only function codes 1 to 4. */
export const open =
  (options: Options, points: GivenPoints<Address>): Driver =>
  async (host, signal) => {
    try {
      await readUntilLost(options, pointsOf(points), host, signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  };

async function readUntilLost(
  options: Options,
  points: Points<Address>,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const { clock, counted } = host;
  using line = openLine(lineOf(options), options.timeout, clock, signal);
  const link = await connect(options, points.now, line, host);
  try {
    host.connected();
    points.follow(() => link.serve(points.now), line.lost);
    const wires = { ask: link.ask, atOnce: link.atOnce, now: clock.now, counted };
    const pause = (realMs: number): Promise<void> => clock.delay(realMs, line.lost);
    const groups = byPeriod(points, (group) => reader(group, options, { ...wires, pause }));
    await pollGroups(host, groups, line.lost);
  } finally {
    await link.close();
  }
}
