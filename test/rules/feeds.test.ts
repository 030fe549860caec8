import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TagNames } from '../../rules/feeds.ts';
import { runs } from '../support/properties.ts';

const NAMES = ['power', 'weight', 'piece', 'water', 'steam'];

test('a tag is found by its name, in whatever order tags come and came before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(NAMES.length - 1)), (order) => {
      const names = new TagNames(NAMES);
      let last = -1;
      const found = order.map((index) => {
        last = names.after(last, NAMES[index]!);
        return last;
      });
      expect(found).toEqual(order);
    }),
    { numRuns: runs(200) },
  );
});

test('an unknown one is refused by its name', () => {
  const names = new TagNames(NAMES);
  expect(() => names.after(-1, 'gas')).toThrow(new RangeError('a sample of the unknown tag gas'));
  expect(names.after(-1, 'power')).toBe(0);
  expect(() => names.after(4, 'gas')).toThrow(RangeError);
  expect([names.has('power'), names.has('gas')]).toEqual([true, false]);
});
