import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRow } from '../../agent/store/queries.ts';
import { Recent } from '../../agent/store/recent.ts';

const MiB = 2 ** 20;
const record = (seq: number, size: number): LogRow => ({ seq, kind: 'gap', at: 0, body: 'x'.repeat(size) });

/** Somebody reads at the end of the log. */
function asked(): Recent {
  const recent = new Recent();
  recent.after('log', 0, 1);
  return recent;
}

test('whatever is committed, what is at hand are consecutive records of the one log, up to the newest', () => {
  const commit = fc.record({ records: fc.nat(40), size: fc.integer({ min: 1, max: 300_000 }), anew: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.array(commit, { maxLength: 20 }),
      fc.nat(200),
      fc.integer({ min: 1, max: 50 }),
      (commits, seq, limit) => {
        const recent = asked();
        let [last, epoch, bytes] = [0, 0, 0];
        for (const { records, size, anew } of commits) {
          if (anew === 0) [last, epoch] = [0, epoch + 1];
          const added = Array.from({ length: records }, (_, n) => record(last + n + 1, size));
          recent.add(`${epoch}`, added);
          recent.after(`${epoch}`, last + records, limit);
          last += records;
          bytes = size;
        }
        const found = recent.after(`${epoch}`, seq, limit);
        const expected = Array.from({ length: Math.min(limit, Math.max(0, last - seq)) }, (_, n) => seq + n + 1);
        if (found) expect(found.map((one) => one.seq)).toEqual(expected);
        // The newest is always there, unless it is larger than all that may be kept.
        else expect(seq < last - 1 || seq >= last || bytes > 4 * MiB || last === 0 || isFirstOfLog(commits)).toBe(true);
        expect(recent.after('another', seq, limit)).toBeUndefined();
      },
    ),
  );
});

/** A new log has begun and nothing has been written to it. */
const isFirstOfLog = (commits: readonly { records: number; anew: number }[]): boolean =>
  commits.slice(commits.findLastIndex(({ anew }) => anew === 0)).every(({ records }) => records === 0);

test('beyond four million characters the oldest go', () => {
  const recent = asked();
  for (let seq = 1; seq <= 8; seq++) recent.add('log', [record(seq, MiB)]);
  recent.after('log', 8, 1);
  for (let seq = 9; seq <= 10; seq++) recent.add('log', [record(seq, MiB)]);
  const kept = Array.from({ length: 10 }, (_, n) => recent.after('log', n, 1)?.[0]?.seq ?? null);
  expect(kept.slice(0, 6)).toEqual([null, null, null, null, null, null]);
  expect(kept.slice(7)).toEqual([8, 9, 10]);
});

test('nothing is kept as long as nobody reads at the end, nor when nobody has for eight commits', () => {
  const recent = new Recent();
  /** Commits one after another; after each, whether the one before it is here. To look at that one is not to read at the end. */
  const kept = (from: number, to: number): boolean[] =>
    Array.from({ length: to - from + 1 }, (_, n) => {
      recent.add('log', [record(from + n, 1)]);
      return recent.after('log', from + n - 2, 1) !== undefined;
    });
  expect(kept(2, 4)).toEqual([false, false, false]);
  recent.after('log', 4, 1);
  expect(kept(5, 14)).toEqual([false, true, true, true, true, true, true, true, false, false]);
});
