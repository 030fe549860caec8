import fc from 'fast-check';
import { expect, it } from 'vitest';
import { after, distance } from '../../drivers/opcua/sequence.ts';

const LAST = 4_294_967_295;
const number = fc.integer({ min: 1, max: LAST });

it('counts messages on from 1 after the last number', () => {
  expect([after(0), after(1), after(LAST)]).toEqual([1, 2, 1]);
  expect([distance(0, 1), distance(LAST, 1), distance(LAST - 1, 2), distance(1, LAST), distance(7, 7)]).toEqual([
    1, 1, 3, -1, 0,
  ]);
});

it('finds every number as far ahead as it was counted, and its predecessor as far behind', () => {
  fc.assert(
    fc.property(number, fc.integer({ min: 0, max: 50 }), (start, steps) => {
      let end = start;
      for (let i = 0; i < steps; i++) end = after(end);
      expect(distance(start, end)).toBe(steps);
      expect(distance(end, start)).toBe(-steps + 0);
    }),
  );
});
