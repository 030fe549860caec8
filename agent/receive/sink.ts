import type { Cursor, Gap, WireRecord } from '../client/contract.ts';

/** Where a platform keeps what agents send. One log of one agent is an `agent` and an `epoch`. */
export interface Sink {
  /** The place in an agent's log: in the one of this epoch, else in the last one that it had; undefined for a new agent. */
  place(agent: string, epoch: string): Promise<Cursor | undefined>;
  /**
   * Keeps records in their order, and the place after them; those up to the place are there already and pass. Resolves
   * when they are safe: they would survive a power cut. Rejects with nothing of them kept.
   */
  save(agent: string, records: readonly WireRecord[], cursor: Cursor): Promise<void>;
  /** Keeps that records will never come, and the place behind them. */
  saveGap(agent: string, gap: Gap): Promise<void>;
  close(): Promise<void>;
}

/** The file holds something else, or something broken; `message` says what to do. */
export class ForeignSinkError extends Error {
  override name = 'ForeignSinkError';
}
