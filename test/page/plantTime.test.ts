import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, isoOf, wallTime } from '../../agent/page/src/state/plantTime.ts';

const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'];
const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }).map((ms) => ms - (ms % 1_000));

describe('what the plant’s clocks show', () => {
  test('leads back to the instant, but in the hour that they show twice', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (ms, zone) => {
        const back = instantOf(wallTime(ms, zone), zone);
        expect(wallTime(back, zone)).toBe(wallTime(ms, zone));
        expect(back).toBeLessThanOrEqual(ms);
        expect(Date.parse(isoOf(ms, zone))).toBe(ms);
      }),
    );
  });

  test('when summer time ends, an hour is shown twice: the first is meant; when it begins, one is never shown', () => {
    expect(isoOf(instantOf('2026-10-25T02:30:00', 'Europe/Berlin'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00+02:00');
    expect(isoOf(instantOf('2026-03-29T02:30:00', 'Europe/Berlin'), 'Europe/Berlin')).toBe('2026-03-29T01:30:00+01:00');
  });

  test('stands with the plant’s offset on the wire', () => {
    expect(isoOf(Date.UTC(2026, 10, 28, 0, 30), 'Asia/Shanghai')).toBe('2026-11-28T08:30:00+08:00');
    expect(isoOf(Date.UTC(2026, 10, 28, 0, 30), 'America/St_Johns')).toBe('2026-11-27T21:00:00-03:30');
  });
});
