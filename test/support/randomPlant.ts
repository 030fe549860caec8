import fc from 'fast-check';
import type { CalendarKind } from '../../rules/interval.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from './engineKit.ts';

/** Plants, calendars and series made at random, with the faults that plants have; what really happened is known. */

const S = 1_000;
/** How far ahead the clock of a device is that is not to be believed. */
const AHEAD = 3_600 * S;
/** No series is longer than so many seconds: a register rolls over at most once, and a glitch is no plausible course. */
const LONGEST = 50_000;

interface Place {
  readonly timeZone: string;
  readonly from: string;
}
/** Zones with the clock changes that they have, half an hour in one of them, and zones with odd offsets. */
const PLACES: readonly Place[] = [
  { timeZone: 'Asia/Shanghai', from: '2026-11-23T07:20:00+08:00' },
  { timeZone: 'Asia/Shanghai', from: '2026-11-30T21:00:00+08:00' },
  { timeZone: 'Europe/Berlin', from: '2026-03-29T00:10:00+01:00' },
  { timeZone: 'Europe/Berlin', from: '2026-10-25T01:30:00+02:00' },
  { timeZone: 'America/New_York', from: '2026-11-01T00:40:00-04:00' },
  { timeZone: 'America/St_Johns', from: '2026-03-08T01:10:00-03:30' },
  { timeZone: 'Australia/Lord_Howe', from: '2026-04-05T01:00:00+11:00' },
  { timeZone: 'Asia/Kathmandu', from: '2026-07-01T05:00:00+05:45' },
];

const calendarOf = (...windows: CalendarKind[][]) =>
  fc.record({ ...anyCalendar, windows: fc.constantFrom(...windows) });
const anyCalendar = {
  place: fc.constantFrom(...PLACES),
  dayStart: fc.constantFrom('00:00', '06:00', '22:30'),
  shifts: fc.constantFrom(['00:00', '08:00', '16:00'], ['06:00', '14:00', '22:00'], ['02:30', '14:30']),
};

const register = fc.record({
  modulus: fc.constantFrom(null, 2n ** 16n, 10n ** 6n, 2n ** 32n, 2n ** 63n, 2n ** 64n),
  scale: fc.constantFrom(1, 0.1, 0.001, 2.5),
  /** How far before its modulus, in millionths of it, the register begins. */
  before: fc.integer({ min: 0, max: 600_000 }),
});

export const FAULTS = ['bad', 'uncertain', 'silent', 'twice', 'glitch', 'ahead'] as const;
export type PlantFault = (typeof FAULTS)[number];
export const TAGS = ['kwh', 'kw', 'coil', 'coil_t', 'kA', 'cells'] as const;
export type Tag = (typeof TAGS)[number];

const beat = fc.record({
  seconds: fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 1, max: 100 }) }, fc.integer({ min: 100, max: 2_400 })),
  /** Share of the largest plausible rate, in thousandths. */
  load: fc.integer({ min: 0, max: 1_000 }),
  kw: fc.integer({ min: 0, max: 500 }),
  coil: fc.boolean(),
  tonnes: fc.integer({ min: 40, max: 120 }).map((quarters) => quarters / 4),
  kA: fc.integer({ min: 300, max: 360 }),
  cells: fc.integer({ min: 238, max: 240 }),
  fault: fc.option(fc.record({ tag: fc.constantFrom(...TAGS), kind: fc.constantFrom(...FAULTS) }), { freq: 2 }),
});
export type Beat = typeof beat extends fc.Arbitrary<infer B> ? B : never;

const plantOf = (calendar: ReturnType<typeof calendarOf>, maxLength: number) =>
  fc.record({
    calendar,
    register,
    method: fc.constantFrom('trapezoid' as const, 'hold' as const),
    beats: fc.array(beat, { minLength: 3, maxLength }),
  });

/** Windows from short to long. */
export const plants = plantOf(
  calendarOf(
    ['minute', 'quarterHour', 'hour'],
    ['minute', 'hour'],
    ['quarterHour', 'shift'],
    ['hour', 'shift'],
    ['hour', 'day'],
    ['shift', 'day'],
    ['shift', 'month'],
    ['day', 'month'],
  ),
  18,
);
/** Quick ones, for what has to be run twice. */
export const smallPlants = plantOf(calendarOf(['minute', 'quarterHour'], ['quarterHour', 'hour'], ['shift', 'day']), 9);
export type RandomPlant = typeof plants extends fc.Arbitrary<infer P> ? P : never;

export const beginOf = ({ calendar: { place } }: RandomPlant): Ms => at(place.from);

/** Most counts in a second. */
const rateOf = ({ register: { modulus } }: RandomPlant): number => Number(modulus ?? 2n ** 40n) / 1e6 / 5;

export function setupOf(plant: RandomPlant): Setup {
  const { calendar, register: own, method } = plant;
  const { windows, dayStart, shifts, place } = calendar;
  return {
    ...{ windows, dayStart, shifts, timeZone: place.timeZone },
    meters: [
      {
        ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', scale: own.scale },
        ...{ maxRate: rateOf(plant) * 3_600 * own.scale, jitter: 0 },
        ...(own.modulus !== null && { modulus: String(own.modulus) }),
      },
      { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh', method },
      { id: 'coils', kind: 'event', tag: 'coil', amountTag: 'coil_t', quantity: 'steel', unit: 't' },
      {
        ...{ id: 'metal', kind: 'faraday', tag: 'kA', cells: 'cells', efficiency: 0.93 },
        ...{ quantity: 'liquid aluminium', unit: 't' },
      },
      {
        id: 'inLine',
        kind: 'product',
        product: 'coil',
        pieces: 'coils',
        longest: '10min',
        quantity: 'time',
        unit: 'h',
      },
      { id: 'idle', kind: 'idle', of: 'energy', outside: 'inLine', quantity: 'electricity', unit: 'kWh' },
    ],
    metrics: [
      {
        ...{ id: 'per_coil', unit: 'kWh/t', numerator: ['energy', 'power'], denominator: ['coils'] },
        windows: [...windows, 'coil'],
      },
      { id: 'per_metal', unit: 'kWh/t', numerator: ['energy'], denominator: ['metal'], plausible: [0, 1e300] },
    ],
  };
}

/** Faults of a reading that counts all the same. */
const COUNTING: readonly PlantFault[] = ['uncertain', 'twice', 'ahead'];

/** Where a sample belongs: one from the future, where it was received. */
export const placedAt = ({ sourceTimestamp, receivedAt }: Sample): Ms => Math.min(sourceTimestamp, receivedAt);

/** The register as it really ran, a count without end; its readings are what is left modulo its modulus. */
export interface Story {
  readonly samples: readonly Sample[];
  /** Of each usable reading that is no glitch. */
  readonly counts: readonly { readonly t: Ms; readonly count: bigint }[];
}

export function storyOf(plant: RandomPlant): Story {
  const { modulus, before } = plant.register;
  const size = modulus ?? 2n ** 40n;
  let [t, left, count, coil, tonnes] = [beginOf(plant), LONGEST, size - (size * BigInt(before)) / 1_000_000n, 5, 20];
  const samples: Sample[] = [];
  const counts: Story['counts'][number][] = [];
  let wasGlitch = true;
  for (const [index, one] of plant.beats.entries()) {
    const seconds = Math.min(one.seconds, left);
    left -= seconds;
    if (seconds <= 0) break;
    t += seconds * S;
    count += BigInt(Math.floor((rateOf(plant) * seconds * one.load) / 1_000));
    if (one.coil) {
      coil++;
      tonnes = one.tonnes;
    }
    const { fault } = one;
    // The next reading has to say that it was one.
    const isGlitch: boolean =
      fault?.tag === 'kwh' && fault.kind === 'glitch' && !wasGlitch && index + 1 < plant.beats.length;
    wasGlitch = isGlitch || (fault?.tag === 'kwh' && !COUNTING.includes(fault.kind));
    const shown = modulus === null ? count : count % modulus;
    const odd = (shown + (3n * size) / 4n) % size;
    const values = { kwh: isGlitch ? odd : shown, kw: one.kw, coil, coil_t: tonnes, kA: one.kA, cells: one.cells };
    for (const tag of TAGS) {
      const kind = fault?.tag === tag ? fault.kind : null;
      if (kind === 'silent') continue;
      const statusCode = kind === 'bad' || kind === 'uncertain' ? kind : 'good';
      const told = sample(tag, t, kind === 'bad' ? null : values[tag], statusCode);
      const reading = kind === 'ahead' ? { ...told, sourceTimestamp: t + AHEAD } : told;
      samples.push(reading, ...(kind === 'twice' ? [reading] : []));
      if (tag === 'kwh' && kind !== 'bad' && !isGlitch) counts.push({ t, count });
    }
  }
  return { samples, counts };
}

/** The longest there are: a shift of twelve hours has thirteen in the night in which clocks are put back. */
const LENGTH: Readonly<Record<CalendarKind, Ms>> = {
  ...{ minute: 60 * S, quarterHour: 900 * S, hour: 3_600 * S, shift: 13 * 3_600 * S, day: 25 * 3_600 * S },
  month: 32 * 24 * 3_600 * S,
};

/** Feeds the samples in the order of their receipt, each after `before`, and lets time pass until all windows are closed. */
export function run(
  plant: RandomPlant,
  samples: readonly Sample[],
  cuts: readonly number[] = [],
  before: (bench: Bench, index: number) => void = () => {},
): Bench {
  const bench = new Bench(setupOf(plant), beginOf(plant));
  samples.forEach((one, index) => {
    if (cuts.includes(index)) bench.restart(bench.now);
    before(bench, index);
    bench.feed(Math.max(bench.now, one.receivedAt), one);
  });
  return bench.until(bench.now + LENGTH[plant.calendar.windows.at(-1)!] + 600 * S);
}
