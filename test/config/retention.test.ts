import { expect, test } from 'vitest';
import { Retention } from '../../config/retention.ts';

const DAY = 86_400_000;
const SIZES = { maxBytes: 4 * 2 ** 30, maxHistory: 4 * 2 ** 30 };

test('what is kept where a plant file says nothing', () => {
  expect(Retention.parse({})).toEqual({ keep: 1095 * DAY, ...SIZES, history: 31 * DAY });
});

test.each([
  ['500MB', 500e6],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['2TB', 2e12],
])('%s', (maxBytes, bytes) => {
  expect(Retention.parse({ maxBytes }).maxBytes).toBe(bytes);
});

test.each(['500', '4 gb', '-1GB', 'much'])('%s is no size, and the message shows one', (maxBytes) => {
  expect(Retention.safeParse({ maxBytes }).error?.issues[0]?.message).toBe('a size such as 500MB, 4GiB');
});
