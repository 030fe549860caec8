import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import type { Clock, PollReport } from '../../drivers/driver.ts';
import { nextDue, phaseOf, poll } from '../../drivers/poll.ts';
import type { Ms } from '../../rules/sample.ts';

/** A clock that stands until it is set; a sleeper passes every instant it sleeps until, or what `woken` makes of it. */
function handClock(start: Ms, woken: (at: Ms) => Ms = (at) => at): Clock & { set(at: Ms): void } {
  let now = start;
  const set = (at: Ms): void => {
    now = at;
  };
  const until = async (at: Ms): Promise<Ms> => {
    set(woken(at));
    return now;
  };
  return { ...realClock(), now: () => now, pacer: () => ({ until, leave: () => {} }), set };
}

interface Run {
  readonly clock: ReturnType<typeof handClock>;
  readonly period: Ms;
  readonly phase?: Ms;
  /** How long the read of each poll takes; the run ends after the last. */
  readonly takes: readonly Ms[];
}

/** Polls until every read is done; the instants of the reads, and what was reported of them. */
async function instants({ clock, period, phase = 0, takes }: Run): Promise<{ at: Ms[]; reports: PollReport[] }> {
  const [at, reports]: [Ms[], PollReport[]] = [[], []];
  const stop = new AbortController();
  const host = {
    clock,
    phase: () => phase,
    deliver: async () => {},
    connected: () => {},
    counted: () => {},
    notice: () => {},
    polled: (report: PollReport) => void reports.push(report),
    pkiFolder: '',
  };
  await poll(host, period, stop.signal, async () => {
    at.push(clock.now());
    clock.set(clock.now() + takes[at.length - 1]!);
    if (at.length === takes.length) stop.abort();
    return [];
  });
  return { at, reports };
}

const counts = (reports: readonly PollReport[]): [number, number][] =>
  reports.map(({ overran, missed }) => [overran, missed]);

describe('a poll', () => {
  test('is at once, then on the grid of its period and phase, without drift however long reads take', async () => {
    const { at, reports } = await instants({
      clock: handClock(12_345),
      period: 1_000,
      phase: 70,
      takes: [5, 400, 900, 7],
    });
    expect(at).toEqual([12_345, 13_070, 14_070, 15_070]);
    expect(counts(reports)).toEqual([[0, 0], [0, 0], [0, 0], [0, 0]]); // biome-ignore format: a table
  });

  test('that overruns makes those due meanwhile skipped and counted, and never two at a time', async () => {
    const { at, reports } = await instants({ clock: handClock(0), period: 100, takes: [10, 350, 100, 10] });
    expect(at).toEqual([0, 100, 500, 700]);
    expect(counts(reports)).toEqual([[0, 0], [3, 0], [1, 0], [0, 0]]); // biome-ignore format: a table
  });

  test.each([10, 3_600_000])('holds a period of %i ms', async (period) => {
    const { at } = await instants({ clock: handClock(period * 7), period, takes: Array<number>(50).fill(period / 2) });
    expect(at).toEqual(Array.from({ length: 50 }, (_, i) => (7 + i) * period));
  });

  test('after a minute of standstill is one, not sixty; the missed are told apart from overruns', async () => {
    const clock = handClock(0, (at) => (at === 2_000 ? at + 60_000 : at));
    const { at, reports } = await instants({ clock, period: 1_000, takes: [1, 1, 1, 1] });
    expect(at).toEqual([0, 1_000, 62_000, 63_000]);
    expect(counts(reports)).toEqual([[0, 0], [0, 0], [0, 60], [0, 0]]); // biome-ignore format: a table
  });

  test('goes on at once on the new grid when the clock is set back by an hour', async () => {
    const clock = handClock(7_200_000, (at) => (at === 7_202_000 ? at - 3_600_000 : at));
    const { at, reports } = await instants({ clock, period: 1_000, takes: [1, 1, 1, 1] });
    expect(at).toEqual([7_200_000, 7_201_000, 3_602_000, 3_603_000]);
    expect(counts(reports)).toEqual([[0, 0], [0, 0], [0, 0], [0, 0]]); // biome-ignore format: a table
  });
});

describe('the phase', () => {
  test('is the same at every start, within a quarter of the period and half a second', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 10, max: 86_400_000 }), (endpoint, period) => {
        const phase = phaseOf(endpoint, period);
        expect(phase).toBe(phaseOf(endpoint, period));
        expect(phase).toBeGreaterThanOrEqual(0);
        expect(phase).toBeLessThan(Math.min(period / 4, 500));
      }),
    );
  });

  test('spreads two hundred devices evenly', () => {
    const phases = Array.from({ length: 200 }, (_, i) => phaseOf(`meter-${i}`, 1_000));
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => phases.filter((one) => Math.floor(one / 25) === tenth).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(8);
    expect(Math.max(...tenths)).toBeLessThan(36);
  });

  test('spreads the groups of one endpoint', () => {
    expect(new Set([1_000, 2_000, 5_000, 10_000].map((period) => phaseOf('plc', period))).size).toBe(4);
  });

  test('moves the grid by itself and no more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), fc.integer({ min: 10, max: 86_400_000 }), (now, period) => {
        const phase = phaseOf('plc', period);
        const next = nextDue(now, period, phase);
        expect(next).toBeGreaterThan(now);
        expect(next - now).toBeLessThanOrEqual(period);
        expect((next - phase) % period).toBe(0);
      }),
    );
  });
});
