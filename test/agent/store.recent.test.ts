import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredRecord } from '../../agent/store/contract.ts';
import { Recent } from '../../agent/store/recent.ts';

const MiB = 2 ** 20;
const record = (seq: number, size: number): StoredRecord => ({ seq, kind: 'gap', at: '', body: 'x'.repeat(size) });

test('whatever is committed, what is at hand are consecutive records of the one log, up to the newest', () => {
  const commit = fc.record({ records: fc.nat(40), size: fc.integer({ min: 1, max: 300_000 }), anew: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.array(commit, { maxLength: 20 }),
      fc.nat(200),
      fc.integer({ min: 1, max: 50 }),
      (commits, seq, limit) => {
        const recent = new Recent();
        let [last, epoch, bytes] = [0, 0, 0];
        for (const { records, size, anew } of commits) {
          if (anew === 0) [last, epoch] = [0, epoch + 1];
          const added = Array.from({ length: records }, (_, n) => record(last + n + 1, size));
          recent.add(`${epoch}`, added);
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
  const recent = new Recent();
  for (let seq = 1; seq <= 10; seq++) recent.add('log', [record(seq, MiB)]);
  const kept = Array.from({ length: 10 }, (_, n) => recent.after('log', n, 1)?.[0]?.seq ?? null);
  expect(kept.slice(0, 6)).toEqual([null, null, null, null, null, null]);
  expect(kept.slice(7)).toEqual([8, 9, 10]);
});
