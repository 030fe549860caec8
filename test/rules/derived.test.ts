import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Derivation, type DerivedState, derive, derivedStart } from '../../rules/derived.ts';
import type { Sample } from '../../rules/sample.ts';
import { lateReadings } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

const power: Derivation = { inputs: ['volts', 'amperes'], maxAge: 60_000, evaluate: ([v, a]) => (v! * a!) / 1000 };

function run(derivation: Derivation, samples: readonly Sample[]): Sample[] {
  let state: DerivedState = derivedStart(derivation);
  return samples.flatMap((one) => {
    const derived = derive('power', derivation, state, derivation.inputs.indexOf(one.tag), one);
    state = derived.state;
    return derived.samples;
  });
}
const brief = (samples: readonly Sample[]) =>
  samples.map(({ sourceTimestamp: t, value, statusCode }) => [t, value, statusCode]);

describe('a derived tag', () => {
  test('has one value for inputs of one instant', () => {
    const samples = [
      sample('volts', 1_000, 400),
      sample('amperes', 1_000, 50),
      sample('volts', 2_000, 410),
      sample('amperes', 2_000, 50),
    ];
    expect(brief(run(power, samples))).toEqual([
      [1_000, 20, 'good'],
      [2_000, 20.5, 'good'],
    ]);
  });

  test('holds the slower input', () => {
    const samples = [
      sample('amperes', 1_000, 50),
      sample('volts', 1_000, 400),
      sample('volts', 2_000, 500),
      sample('volts', 3_000, 600),
      sample('amperes', 3_000, 100),
    ];
    expect(brief(run(power, samples))).toEqual([
      [1_000, 20, 'good'],
      [2_000, 25, 'good'],
      [3_000, 60, 'good'],
    ]);
  });

  test('is as good as its worst input, and names it when there is no value', () => {
    const samples = [
      sample('volts', 1_000, 400, 'uncertain'),
      sample('amperes', 1_000, 50),
      { ...sample('volts', 2_000, null, 'bad'), reason: 'BadDeviceFailure' },
      sample('amperes', 2_000, 50),
    ];
    const [first, second] = run(power, samples);
    expect(first).toMatchObject({ value: 20, statusCode: 'uncertain' });
    expect(second).toMatchObject({ value: null, statusCode: 'bad', reason: 'volts: BadDeviceFailure' });
  });

  test('is bad when an input falls silent, and when there is no finite value', () => {
    const silent = run(power, [
      sample('amperes', 0, 50),
      sample('volts', 0, 400),
      sample('volts', 130_000, 400),
      sample('volts', 200_000, 400),
    ]);
    expect(silent.at(-1)).toMatchObject({
      sourceTimestamp: 130_000,
      statusCode: 'bad',
      reason: 'amperes has been silent',
    });
    const ratio: Derivation = { ...power, evaluate: ([a, b]) => a! / b! };
    expect(run(ratio, [sample('volts', 0, 1), sample('amperes', 0, 0)])[0]).toMatchObject({
      value: null,
      statusCode: 'bad',
    });
  });

  test('takes what is out of order to its place as long as the other input has not come so far', () => {
    const samples = [
      sample('volts', 1_000, 400),
      sample('volts', 3_000, 600),
      sample('volts', 2_000, 500),
      sample('amperes', 1_000, 50),
      sample('amperes', 3_000, 50),
    ];
    expect(brief(run(power, samples))).toEqual([
      [1_000, 20, 'good'],
      [2_000, 25, 'good'],
      [3_000, 30, 'good'],
    ]);
  });

  test('is the same whichever input comes first', () => {
    const series = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 });
    const inOrder = (tag: string, times: readonly number[]): Sample[] =>
      [...times].sort((a, b) => a - b).map((t) => sample(tag, t * 1_000, t + 1));
    fc.assert(
      fc.property(series, series, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (volts, amperes, order) => {
        const end = [sample('volts', 50_000, 1), sample('amperes', 50_000, 1)];
        const queues = [inOrder('volts', volts), inOrder('amperes', amperes)] as const;
        const straight = [...queues[0], ...queues[1], ...end];
        const mixed: Sample[] = [];
        const [a, b] = [[...queues[0]], [...queues[1]]];
        for (const first of order) mixed.push(...(first ? a : b).splice(0, 1));
        mixed.push(...a, ...b, ...end);
        expect(brief(run(power, mixed))).toEqual(brief(run(power, straight)));
      }),
    );
  });
});

test('what one input hands over after the other went on without it makes no figure, and is late', () => {
  const T = at('2026-11-23T10:00:00+08:00');
  const setup: Setup = {
    windows: ['minute'],
    meters: [{ id: 'energy', kind: 'gauge', tag: 'power', quantity: 'electricity', unit: 'kWh' }],
    derived: { power },
  };
  const bench = new Bench(setup, T);
  const queue: Sample[] = [];
  for (let s = 0; s <= 600; s += 10) {
    const t = T + s * 1_000;
    // The current is ten times what it was when the voltage is handed over.
    bench.read('amperes', t, s < 300 ? 50 : 500);
    if (s > 60 && s < 400) queue.push(sample('volts', t, 400));
    else bench.feed(t, ...(s === 400 ? queue : []), sample('volts', t, 400));
  }
  bench.until(T + 3_600_000);
  for (const { value, amounts } of bench.finals('energy', 'minute').slice(2, 5)) {
    expect(value).toBeNull();
    expect(amounts[0]!.value).toBe(0);
  }
  expect(lateReadings(bench.state)).toBe(28);
  expect(bench.notes.map(({ event }) => event)).toEqual(['late']);
});
