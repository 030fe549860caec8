import { expect, test } from 'vitest';
import { numberOf, Pages, pageOf, pagesFor } from '../../rules/pages.ts';

/** Rows of a plant, in pages of 64 and shelves of 64 pages. */

const ROWS = 10_000;
const given = pagesFor(ROWS, (first) => ({ first }));

test('every row has its page', () => {
  for (const row of [0, 63, 64, 4_095, 4_096, ROWS - 1])
    expect(pageOf(given, row)).toEqual({ first: row - (row % 64) });
});

test('a page that is written to is copied once, with the shelf that it stands in and no other', () => {
  const pages = new Pages(given, 'copies');
  const copies: number[] = [];
  const copy = ({ first }: { first: number }): { first: number } => {
    copies.push(first);
    return { first };
  };
  const page = pages.own(numberOf(5_000), copy);
  expect(pages.own(numberOf(5_001), copy)).toBe(page);
  expect(copies).toEqual([4_992]);
  expect(pageOf(pages.all, 5_000)).toBe(page);
  expect(pageOf(given, 5_000)).not.toBe(page);
  expect(pages.all.map((shelf, index) => shelf === given[index])).toEqual([true, false, true]);
  expect(new Pages(given, 'copies').all).toBe(given);
});
