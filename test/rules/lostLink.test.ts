import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** The agent marks the tags of a lost link as unread; the device may have gone on, and hand over what it queued. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const steel = { quantity: 'steel', unit: 't' };
const power = { quantity: 'electricity', unit: 'kWh' };
const SETUP: Setup = {
  windows: ['minute', 'hour'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', ...power, maxRate: 36_000 },
    { id: 'power', kind: 'gauge', tag: 'kw', ...power },
    { id: 'made', kind: 'gauge', tag: 'kva', ...power },
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', ...steel },
    { id: 'inLine', kind: 'product', product: 'coil', pieces: 'mass', inLine: 'rolling', quantity: 'time', unit: 'h' },
    {
      id: 'metal',
      kind: 'faraday',
      tag: 'kA',
      cells: 'cells',
      efficiency: 0.93,
      quantity: 'liquid aluminium',
      unit: 't',
    },
  ],
  metrics: [
    { id: 'per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'], windows: ['minute', 'hour', 'coil'] },
  ],
  derived: { kva: { inputs: ['kw', 'kA'], maxAge: MIN, evaluate: ([a, b]) => a! * b! } },
};
const TAGS = ['weight', 'coil', 'rolling', 'cells', 'kwh', 'kw', 'kA'];

function samplesAt(seconds: number): Sample[] {
  const coil = Math.floor(seconds / 97);
  const values = {
    ...{
      weight: 20 + (coil % 5),
      coil,
      rolling: seconds % 97 < 70 ? 1 : 0,
      cells: 238 + (Math.floor(seconds / 50) % 3),
    },
    ...{ kwh: seconds, kw: 50 + (seconds % 7), kA: 300 + (seconds % 11) },
  };
  return TAGS.map((tag) => sample(tag, T + seconds * S, values[tag as keyof typeof values]));
}

const unread = (t: Ms): Sample[] =>
  TAGS.map((tag) => ({ ...sample(tag, t, null, 'bad'), reason: 'cable cut', unread: true as const }));

/** Reads every second for ten minutes; what is made from `from` on until `back` is handed over then, or lost. */
function run(from: number, back: number, marks: readonly number[], isQueued: boolean): Bench {
  const bench = new Bench(SETUP, T);
  const queue: Sample[] = [];
  for (let s = 0; s <= 600; s++) {
    const now = T + s * S;
    if (marks.includes(s)) bench.feed(now, ...unread(now));
    if (s >= from && s < back) queue.push(...samplesAt(s));
    else if (s === back && isQueued) bench.feed(now, ...queue, ...samplesAt(s));
    else bench.feed(now, ...samplesAt(s));
  }
  return bench.until(T + 2 * H);
}

const finals = (bench: Bench): Evaluation[] =>
  ['energy', 'power', 'made', 'mass', 'inLine', 'metal', 'per_t'].flatMap((id) =>
    (['minute', 'hour', 'coil'] as const).flatMap((kind) => bench.finals(id, kind)),
  );
/** A figure without how often it was revised, to the twelfth digit. */
const told = ({ revision: _, value, amounts, ...figure }: Evaluation): unknown => ({
  ...figure,
  value: value?.toPrecision(12),
  coverage: [figure.coverage.known.toFixed(12), figure.coverage.measured.toFixed(12)],
  amounts: amounts.map((amount) => [amount.meter, amount.value.toPrecision(12), amount.statusCode, amount.flags]),
});

const STRAIGHT = finals(run(601, 601, [], false)).map(told);

describe('a queue that is handed over after the link was lost', () => {
  test.each([
    ['a moment', 62, 66, [64]],
    ['longer than grace', 62, 85, [65, 66, 70, 78]],
    ['minutes', 62, 400, [65, 67, 72, 81, 110, 150, 210, 270, 330, 390]],
  ])('for %s makes every figure what it would have been', (_, from, back, marks) => {
    expect(finals(run(from, back, marks, true)).map(told)).toEqual(STRAIGHT);
  });
});

describe('without a queue', () => {
  test('what was not read of a rate is unknown, and of a register exact all the same', () => {
    const bench = run(62, 85, [65, 66, 70, 78], false);
    expect(bench.final('power', 'minute', T + MIN).coverage.known).toBeCloseTo((60 - 24) / 60, 9);
    expect(bench.final('metal', 'minute', T + MIN).coverage.known).toBeCloseTo((60 - 24) / 60, 9);
    expect(bench.final('energy', 'minute', T + MIN)).toMatchObject({ value: 60, statusCode: 'good' });
    const { working } = bench.final('power', 'minute', T + MIN).amounts[0]!;
    expect(working).toMatchObject({ bad: 0, readings: 60 - 23 });
  });
});
