import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Calendar, WINDOW_KINDS, windowAt } from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import { runs } from '../support/properties.ts';

/** In every time zone, whatever its clocks did, the windows of a kind follow each other without gap or overlap. */

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR: Ms = 3_600_000;

const calendar = fc.record({
  timeZone: fc.constantFrom(...ZONES),
  dayStart: fc.constantFrom('00:00', '02:30', '06:00'),
  shifts: fc.constantFrom(['00:00', '08:00', '16:00'], ['02:30', '14:30'], ['02:00', '02:30', '03:00', '14:00']),
  shiftDay: fc.constant('start' as const),
});

/** From 1990 on; every other time within two hours of a change of the zone's clocks. */
const instant = fc.record({
  at: fc.integer({ min: Date.UTC(1990), max: Date.UTC(2040) }),
  nearChange: fc.option(fc.integer({ min: -2 * HOUR, max: 2 * HOUR })),
});

function placed({ timeZone }: Calendar, at: Ms, nearChange: Ms | null): Ms {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const change = nearChange === null ? null : local.getTimeZoneTransition('next');
  return change ? change.epochMilliseconds + nearChange! : at;
}

function expectTiled(of: Calendar, at: Ms): void {
  for (const kind of WINDOW_KINDS) {
    const { start, end } = windowAt(of, kind, at);
    const [before, next] = [windowAt(of, kind, start - 1), windowAt(of, kind, end)];
    expect([kind, start <= at, at < end]).toEqual([kind, true, true]);
    expect([kind, before.end, next.start]).toEqual([kind, start, end]);
    expect(windowAt(of, kind, end - 1)).toEqual({ kind, start, end });
  }
}

test('windows tile the time of every zone', { timeout: 240_000 }, () => {
  fc.assert(
    fc.property(calendar, instant, (of, { at, nearChange }) => {
      expectTiled(of, placed(of, at, nearChange));
    }),
    { numRuns: runs(3_000) },
  );
});

test('also where an island left out a whole day to come to the other side of the date line', () => {
  for (const timeZone of ['Pacific/Fakaofo', 'Pacific/Apia']) {
    const of: Calendar = { timeZone, dayStart: '02:30', shifts: ['02:30', '14:30'], shiftDay: 'start' };
    const from = Date.UTC(2011, 11, 29);
    for (let hours = 0; hours <= 72; hours++) expectTiled(of, from + hours * HOUR);
  }
});
