import {
  type Clock,
  ConnectionLost,
  type Driver,
  type Host,
  Misconfigured,
  type Notice,
} from '../../drivers/driver.ts';
import type { Sample } from '../../rules/sample.ts';

/** Real milliseconds in which nothing new has come, after which what is still missing is given up. */
const PATIENCE = 15_000;

export interface Place {
  readonly clock: Clock;
  readonly pkiFolder: string;
  readonly signal: AbortSignal;
}

/** What one look at a device gave. */
export interface Reading {
  /** The first sample of each tag that had one. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** Why the rest has none; null where all have. */
  readonly failure: Error | null;
  readonly notices: readonly Notice[];
}

/** Runs the driver until every tag has a sample, or no more is to be expected; whatever it opened is closed again. */
export async function readOnce(driver: Driver, tags: readonly string[], place: Place): Promise<Reading> {
  const samples = new Map<string, Sample>();
  const notices: Notice[] = [];
  const done = new AbortController();
  const giveUp = (): (() => void) => place.clock.after(PATIENCE, () => done.abort());
  let cancel = giveUp();
  const host: Host = {
    clock: place.clock,
    pkiFolder: place.pkiFolder,
    phase: () => 0,
    deliver: async (batch) => {
      const before = samples.size;
      for (const sample of batch) if (!samples.has(sample.tag)) samples.set(sample.tag, sample);
      if (samples.size === tags.length) done.abort();
      if (samples.size === before) return;
      cancel();
      cancel = giveUp();
    },
    connected: () => {},
    polled: () => {},
    counted: () => {},
    notice: (notice) => void notices.push(notice),
  };
  if (tags.length === 0) done.abort();
  try {
    await driver(host, AbortSignal.any([done.signal, place.signal]));
  } catch (cause) {
    if (!(cause instanceof ConnectionLost) && !(cause instanceof Misconfigured)) throw cause;
    return { samples, failure: cause, notices };
  } finally {
    cancel();
  }
  const missing = tags.length - samples.size;
  return { samples, notices, failure: missing > 0 ? new Error(`no value within ${PATIENCE / 1000} s`) : null };
}
