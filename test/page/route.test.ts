import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashOf, type Place, placeOf, VIEWS } from '../../agent/page/src/route.ts';

const words = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' });
const places: fc.Arbitrary<Place> = fc.record({
  view: fc.constantFrom(...VIEWS),
  id: fc.option(words),
  explain: fc.option(fc.record({ metric: words, window: fc.constantFrom('hour', 'coil'), at: words })),
});

describe('the address of a place', () => {
  test('leads back to it, whatever a line or metric is called', () => {
    fc.assert(
      fc.property(places, (place) => {
        expect(placeOf(hashOf(place))).toEqual(place);
      }),
    );
  });

  test('is never a dead end: what is none of ours leads to the overview', () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        expect(VIEWS).toContain(placeOf(`#${hash}`).view);
      }),
    );
    expect(placeOf('#/nowhere/%E0%A4%A')).toEqual({ view: 'overview', id: '%E0%A4%A', explain: null });
  });
});
