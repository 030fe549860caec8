import type { Account, Ledger } from '../rules/ledger.ts';
import type { Saved } from '../rules/saved.ts';

/** The engine's state with the accounts of the ledger to which its outputs were entered. */
export interface Checkpoint extends Saved {
  /** None in a checkpoint of an agent that kept no ledger. */
  readonly accounts?: readonly (readonly [string, Account])[];
}

/** A checkpoint as text. 64-bit counts are exact: JSON has no such number, so they are marked text. */
export const encodeCheckpoint = (saved: Saved, ledger: Ledger): string =>
  JSON.stringify({ ...saved, accounts: [...ledger] } satisfies Checkpoint, (_, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: value.toString() } : value,
  );

/** Reads back what `encodeCheckpoint` wrote; throws a SyntaxError on anything else that is not JSON. */
export const decodeCheckpoint = (json: string): Checkpoint =>
  JSON.parse(json, (_, value: unknown) =>
    value !== null && typeof value === 'object' && '$bigint' in value ? BigInt(String(value.$bigint)) : value,
  ) as Checkpoint;
