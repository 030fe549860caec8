import { expect, test } from 'vitest';
import { bodyOf, draftOf, takers } from '../../agent/page/src/state/entry.ts';
import { plant } from './plant.ts';

const now = '2026-11-23T03:12:40';

test('a form begins now, with a key of its own, and with a meter only where no other is possible', () => {
  const [one, other] = [draftOf(plant, 'piece', now), draftOf(plant, 'piece', now)];
  expect(one).toMatchObject({ type: 'piece', meter: 'mill-1.steel', at: now, amount: '' });
  expect(one.key).toMatch(/^[0-9a-f]{32}$/);
  expect(other.key).not.toBe(one.key);
  expect(draftOf(plant, 'swap', now, 'potline-1').meter).toBe('');
  expect(draftOf(plant, 'piece', now, 'nowhere').meter).toBe('mill-1.steel');
  expect(takers(plant, 'inventory').map(({ meter }) => meter.id)).toEqual(['potline-1.metal']);
});

test('what is typed is said as the agent takes it: instants with the offset of the plant, counts exact', () => {
  const piece = { ...draftOf(plant, 'piece', now), key: 'k', piece: ' L7 ', amount: '7.85' };
  expect(bodyOf(piece, 'Wei', 'Asia/Shanghai')).toEqual({
    ...{ type: 'piece', meter: 'mill-1.steel', key: 'k', by: 'Wei' },
    ...{ piece: 'L7', amount: 7.85, at: '2026-11-23T03:12:40+08:00' },
  });
  const cells = { ...draftOf(plant, 'cells', now), key: 'k', cells: '238' };
  expect(bodyOf(cells, 'Wei', 'UTC')).toMatchObject({ type: 'cells', meter: 'potline-1.metal', cells: 238 });
  const swap = { ...draftOf(plant, 'swap', now), key: 'k', last: '18446744073709551615', first: '0.5' };
  expect(bodyOf(swap, 'Wei', 'UTC')).toMatchObject({
    ...{ last: '18446744073709551615', first: 0.5, removedAt: '2026-11-23T03:12:40+00:00' },
  });
});
