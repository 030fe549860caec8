import { expect, test } from 'vitest';
import { didYouMean, editDistance } from '../../config/suggest.ts';

test.each([
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['khw', 'kwh', 1],
  ['m3_kwh', 'ml3_kwh', 1],
  ['same', 'same', 0],
])('%j is so far from %j: %d', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('the nearest name is meant, and none that is another word', () => {
  const known = ['mill.power', 'mill.water', 'potline.current'];
  expect(didYouMean('mill.watr', known)).toBe('; did you mean "mill.water"?');
  expect(didYouMean('Mill.Power', known)).toBe('; did you mean "mill.power"?');
  expect(didYouMean('furnace', known)).toBe('');
  expect(didYouMean('x', [])).toBe('');
});
