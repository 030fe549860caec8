import { expect, test } from 'vitest';
import { numberOf, Pages, pageOf, pagesFor } from '../../rules/pages.ts';

/** Rows of a plant, in pages of 1 024 and shelves of 1 024 pages. */

const ROWS = 3_000_000;
const given = pagesFor(ROWS, (first) => ({ first }));

test('every row has its page', () => {
  for (const row of [0, 1_023, 1_024, 1_048_575, 1_048_576, ROWS - 1])
    expect(pageOf(given, row)).toEqual({ first: row - (row % 1_024) });
});

test('a page that is written to is copied once, with the shelf that it stands in and no other', () => {
  const pages = new Pages(given, 'copies');
  const copies: number[] = [];
  const copy = ({ first }: { first: number }): { first: number } => {
    copies.push(first);
    return { first };
  };
  const page = pages.own(numberOf(1_500_000), copy);
  expect(pages.own(numberOf(1_500_001), copy)).toBe(page);
  expect(copies).toEqual([1_499_136]);
  expect(pageOf(pages.all, 1_500_000)).toBe(page);
  expect(pageOf(given, 1_500_000)).not.toBe(page);
  expect(pages.all.map((shelf, index) => shelf === given[index])).toEqual([true, false, true]);
  expect(new Pages(given, 'copies').all).toBe(given);
});
