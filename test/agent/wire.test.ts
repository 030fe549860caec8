import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTexts } from '../../agent/isoText.ts';
import { fromWire, wireTimeOf } from '../../agent/wire.ts';

const time = wireTimeOf({ timeZone: 'Asia/Shanghai', dayStart: '00:00', shifts: ['00:00'], shiftDay: 'start' });

test('an instant goes out with the offset of the plant and comes back the same', () => {
  for (const at of [0, 1e12 + 1, Date.UTC(1986, 5, 1), 1e13 - 1]) expect(fromWire(time(at))).toBe(at);
  expect(time(Date.UTC(1986, 5, 1))).toBe('1986-06-01T09:00:00.000+09:00');
});

test('what no calendar has is told as the nearest that it has, and keeps no record out of the log', () => {
  for (const at of [8.64e15, 1e300, Infinity]) expect(time(at)).toBe(time(8.64e15 - 86_400_000));
  for (const at of [-8.64e15, -Infinity]) expect(time(at)).toBe(time(-8.64e15 + 86_400_000));
});

test('an instant before a change of clocks has the offset of then, also after one that is told at the very change', () => {
  const berlin = wireTimeOf({ timeZone: 'Europe/Berlin', dayStart: '00:00', shifts: ['00:00'], shiftDay: 'start' });
  expect(berlin(Date.UTC(2026, 2, 29, 1))).toBe('2026-03-29T03:00:00.000+02:00');
  expect(berlin(Date.UTC(2026, 1, 28, 23))).toBe('2026-03-01T00:00:00.000+01:00');
  expect(berlin(Date.UTC(2026, 9, 25, 1))).toBe('2026-10-25T02:00:00.000+01:00');
  expect(berlin(Date.UTC(2026, 8, 30, 22))).toBe('2026-10-01T00:00:00.000+02:00');
});

test('an instant is told as Date tells it, whatever was told before it', () => {
  const isoText = isoTexts();
  const [whole, near] = [8.64e15, 2e12].map((most) => fc.double({ min: -most, max: most, noNaN: true }));
  fc.assert(
    fc.property(fc.oneof(whole!, near!), (at) => {
      for (const one of [at, at + 1, at - 86_400_000].filter((one) => Math.abs(one) <= 8.64e15))
        expect(`${isoText(one)}Z`).toBe(new Date(one).toISOString());
    }),
  );
});
