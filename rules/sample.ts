/** Epoch milliseconds, UTC. */
export type Ms = number;

/** OPC UA status class (Part 4, 7.39): a bad value is never used, an uncertain one makes all built on it uncertain. */
export type StatusCode = 'good' | 'uncertain' | 'bad';

/** What a device can say: a measured number, an exact 64-bit count, or a piece's identity. */
export type RawValue = number | bigint | string;

/** One reading of a tag. A bad sample may carry no value; `reason` says in plain words why it is not good. */
export interface Sample {
  readonly tag: string;
  readonly value: RawValue | null;
  readonly statusCode: StatusCode;
  readonly reason?: string;
  /** Orders and places the sample: when the device says that the value held. */
  readonly sourceTimestamp: Ms;
  /** How much later than `sourceTimestamp` the value may have been taken, where the protocol has no timestamps; default 0. */
  readonly takenWithin?: Ms;
  /** When the server knew the value to be so, where the protocol tells it beside `sourceTimestamp`. */
  readonly serverTimestamp?: Ms;
  readonly receivedAt: Ms;
  /**
   * The agent's own word that nobody answers, and no reading: what the device hands over afterwards from before this
   * belies it. Only with a bad status.
   */
  readonly unread?: true;
}

const RANK: Record<StatusCode, number> = { good: 0, uncertain: 1, bad: 2 };

/** The worst of two statuses: what is built on both can be trusted no more than this. */
export const worst = (a: StatusCode, b: StatusCode): StatusCode => (RANK[a] >= RANK[b] ? a : b);
