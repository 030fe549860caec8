import fc from 'fast-check';
import { type CalendarKind, WINDOW_KINDS } from '../../rules/interval.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, type Setup, sample } from './engineKit.ts';

/** A small plant of every kind of meter that has a fast lane, and what it may come to read. */

export const T = at('2026-11-23T07:58:00+08:00');
export const S = 1_000;
export const setup: Setup = {
  meters: [
    {
      id: 'energy',
      kind: 'counter',
      tag: 'kwh',
      quantity: 'electricity',
      unit: 'kWh',
      scale: 0.1,
      modulus: 10_000,
      maxRate: 36_000,
    },
    { id: 'water', kind: 'counter', tag: 'm3', quantity: 'water', unit: 'm3', maxRate: 36_000, float32: true },
    { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' },
    { id: 'held', kind: 'gauge', tag: 'm3h', quantity: 'water', unit: 'm3', method: 'hold' },
    { id: 'steel', kind: 'event', tag: 'coil', amountTag: 'kg', quantity: 'steel', unit: 't', scale: 0.001 },
    { id: 'named', kind: 'event', tag: 'name', amountTag: 'kg', quantity: 'steel', unit: 't', sequence: false },
    { id: 'late', kind: 'event', tag: 'coil', amountTag: 'later', quantity: 'steel', unit: 't', scale: 0.001 },
  ],
  metrics: [
    { id: 'ratio', unit: 'kWh/kWh', numerator: ['energy'], denominator: ['power'], limit: { op: '<=', bound: 0.5 } },
    { id: 'share', unit: 'm3/m3', numerator: ['water'], denominator: ['held'] },
  ],
};

/** Mostly plain readings; now and then bad, uncertain, glitched, out of order, repeated, far apart or read within a time. */
const ODD = ['bad', 'unread', 'uncertain', 'glitch', 'swapped', 'gap', 'within', 'exact'];
export const seriesOf = (plain: number): fc.Arbitrary<Seconds> =>
  fc.array(
    fc.record({
      odd: fc.constantFrom(...Array<string>(plain).fill('plain'), ...ODD),
      counts: fc.integer({ min: 0, max: 90 }),
    }),
    { minLength: 20, maxLength: 250 },
  );
export const seconds = seriesOf(30);
type Seconds = readonly { readonly odd: string; readonly counts: number }[];

/** What comes in at once, with the time of its coming. */
export interface Delivery {
  readonly now: Ms;
  readonly samples: readonly Sample[];
}

/** Read so often that minutes end on the way, at a reading or between two. */
export const rhythms = fc.record({
  first: fc.constantFrom(0, 370),
  every: fc.constantFrom(S, 2 * S, 7 * S + 1, 10 * S, 20 * S),
});
type Rhythm = { readonly first: Ms; readonly every: Ms };
export const windows = fc.constantFrom<CalendarKind[]>(
  [...WINDOW_KINDS],
  ['minute'],
  ['minute', 'hour'],
  ['quarterHour', 'day'],
);

export function deliveriesOf(series: Seconds, { first, every }: Rhythm): Delivery[] {
  let t = T + first;
  let count = 9_000;
  let held: Sample[] = [];
  return series.map(({ odd: oddity, counts }, index) => {
    t += oddity === 'gap' ? 90 * S : every;
    count += counts;
    const one = (tag: string, value: number | string): Sample => {
      const plain = sample(tag, t, value);
      if (oddity === 'bad') return { ...plain, value: null, statusCode: 'bad' };
      if (oddity === 'unread') return { ...plain, value: null, statusCode: 'bad', unread: true };
      if (oddity === 'uncertain') return { ...plain, statusCode: 'uncertain' };
      if (oddity === 'glitch') return { ...plain, value: 7 };
      return oddity === 'within' ? { ...plain, takenWithin: 300 } : plain;
    };
    const made = [
      { ...one('kwh', count % 10_000), ...(oddity === 'exact' && { value: BigInt(count % 10_000) }) },
      one('m3', Math.fround(count / 7)),
      one('kw', counts),
      one('m3h', counts + 0.1),
      one('kg', 20_000 + Math.floor(index / 20)),
      one('coil', Math.floor(index / 20)),
      one('name', `c${Math.floor(index / 7) % 9}`),
      one('later', 20_000 + Math.floor((index - 3) / 20)),
    ];
    const samples = [...made, ...held];
    held = [];
    if (oddity !== 'swapped') return { now: t, samples };
    // Among them identities that come without their weights, and the other way round.
    held = samples.filter((_, place) => (place + counts) % 2 === 0);
    return { now: t, samples: samples.filter((_, place) => (place + counts) % 2 === 1) };
  });
}
