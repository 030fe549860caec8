import { expect, test } from 'vitest';
import { at, Bench, type Setup } from '../support/engineKit.ts';

/** What is told of the ends of a coil that fall between readings. */

const T = at('2026-11-23T08:00:00+08:00');
const S = 1_000;
const H = 3_600 * S;

const PLAIN: Setup = {
  windows: ['minute', 'hour'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 36_000 },
    { id: 'coils', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
    { id: 'rolling', kind: 'product', product: 'coil', pieces: 'coils', inLine: 'inLine', quantity: 'time', unit: 'h' },
    { id: 'idle', kind: 'idle', of: 'energy', outside: 'rolling', quantity: 'electricity', unit: 'kWh' },
  ],
  metrics: [{ id: 'per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['coils'], windows: ['hour', 'coil'] }],
};

test('a coil that ends between two readings of the register has both in its working, and idle energy is in doubt only where the line was not seen', () => {
  const bench = new Bench(PLAIN, T);
  const put = (tag: string, s: number, value: number) => bench.read(tag, T + s * S, value);
  for (let s = 0; s <= 900; s += 10) {
    put('weight', s, 20);
    // Nobody sees the line from 400 s to 500 s, and a coil has left it then.
    if (s <= 400 || s >= 500) put('inLine', s, (s >= 30 && s < 90) || (s >= 300 && s < 450) ? 1 : 0);
    put('coil', s, s < 90 ? 5 : s < 450 ? 6 : 7);
    if (s % 60 === 0) put('kwh', s, s / 60);
  }
  bench.until(T + 9 * H);
  const { working } = bench.final('energy', 'coil', T + 30 * S).amounts[0]!;
  expect(working).toMatchObject({ end: { before: { at: T + 60 * S }, after: { at: T + 120 * S } } });
  const doubtful = bench.finals('idle', 'minute').filter(({ amounts }) => amounts[0]!.statusCode !== 'good');
  expect(doubtful.map(({ window }) => (window.start - T) / S)).toEqual([360, 420, 480]);
});
