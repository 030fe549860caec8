import type { NewRecord } from '../../agent/store/contract.ts';

/** Records that can be told to be right by their number alone. */
export const recordOf = (seq: number): NewRecord => ({
  kind: 'meter',
  at: seq,
  key: seq % 3 === 0 ? `metric-${seq % 20}|minute|${1e12 + seq}` : null,
  body: { seq, amount: amountOf(seq), text: 'x'.repeat((seq * 37) % 900) },
});

const amountOf = (seq: number): number => (seq * 7_919) % 1_000;

const totals = [0];
/** What the amounts of the records 1 to `seq` come to. */
export function totalUpTo(seq: number): number {
  for (let next = totals.length; next <= seq; next++) totals.push(totals[next - 1]! + amountOf(next));
  return totals[seq]!;
}
