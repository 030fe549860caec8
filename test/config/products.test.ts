import { describe, expect, test } from 'vitest';
import { configOf, faultsOf, plantWith } from './plant.ts';

/** Windows of pieces in the plant's file. */

const PRODUCT = `meters:
  - { id: rolling, kind: product, line: mill-1, product: coil, pieces: steel, quantity: time, unit: h, longest: 10min }
  - { id: idle, kind: idle, line: mill-1, of: energy, outside: rolling, quantity: electricity, unit: kWh }
`;
const withProduct = (changes: Record<string, string> = {}): string =>
  Object.entries(changes).reduce(
    (text, [before, after]) => {
      if (!text.includes(before)) throw new Error(`the plant has no ${before}`);
      return text.replace(before, after);
    },
    plantWith({ 'meters:\n': PRODUCT }),
  );

describe('a line with a product meter', () => {
  test('has its metrics by piece too, where they do not say otherwise', async () => {
    const { metrics } = await configOf(withProduct());
    expect(metrics.map(({ windows }) => windows.at(-1))).toEqual(['coil', 'coil']);
    const [energy] = (
      await configOf(withProduct({ 'denominator: [steel], limit': 'denominator: [steel], windows: [hour], limit' }))
    ).metrics;
    expect(energy!.windows).toEqual(['hour']);
  });

  test.each([
    [
      'pieces: steel',
      'pieces: water',
      'meters[0].pieces: "water" is no event meter with the pieces\' identity as its tag',
    ],
    ['longest: 10min', 'starts: coil.weight', 'meters[0]: starts and ends go together'],
    [
      'longest: 10min',
      'longest: 10min, inLine: mill.water',
      'meters[0].longest: is only for pieces that no tag says when they are in the line',
    ],
    ['longest: 10min', 'inLine: mill.watr', 'meters[0].inLine: no tag named "mill.watr"; did you mean "mill.water"?'],
    ['unit: h, longest', 'unit: min, longest', 'meters[0].unit: a product meter counts in h, not in min'],
    ['of: energy', 'of: steel', 'meters[1].of: "steel" is of kind event, not a counter or gauge'],
    ['outside: rolling', 'outside: water', 'meters[1].outside: "water" is a counter, not a product meter'],
    ['of: energy', 'of: water', 'meters[1].unit: "water" is in m3, not in kWh'],
    [
      'denominator: [steel], limit',
      'denominator: [steel], windows: [heat], limit',
      'metrics[0].windows: the line has no product meter for each heat',
    ],
    [
      'numerator: [water]',
      'numerator: [{ meter: idle, coefficient: 1, unit: m3/kWh }], windows: [coil]',
      'metrics[1].windows: not by coil: only counters, gauges and event meters are divided among pieces',
    ],
  ])('%s -> %s is a fault', async (before, after, fault) => {
    const faults = await faultsOf(withProduct({ [before]: after }));
    expect(faults.map((one) => one.replace(/^plant.yaml:\d+:\d+ /, ''))).toEqual([fault]);
  });
});
