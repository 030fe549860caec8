import { type Definitions, LENGTH, redefinedIn } from '../config/definition.ts';
import type { Account, Ledger } from '../rules/ledger.ts';
import { NOTHING_REDEFINED, type Redefined, type Saved } from '../rules/saved.ts';

/** The engine's state with the accounts of the ledger to which its outputs were entered. */
export interface Checkpoint extends Saved {
  /** None in a checkpoint of an agent that kept no ledger. */
  readonly accounts?: readonly (readonly [string, Account])[];
  /** The definitions of its meters and derived tags, in their order and without anything between; `defined` reads them. */
  readonly definitions?: string;
}

/** A checkpoint as text. 64-bit counts are exact: JSON has no such number, so they are marked text. */
export function encodeCheckpoint(saved: Saved, ledger: Ledger, definitions?: Definitions): string {
  const checkpoint: Checkpoint = {
    ...saved,
    accounts: [...ledger],
    ...(definitions && { definitions: textOf(saved, definitions) }),
  };
  return JSON.stringify(checkpoint, (_, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: value.toString() } : value,
  );
}

const textOf = ({ meters, derived }: Saved, definitions: Definitions): string =>
  [
    ...meters.map(({ id }) => definitions.meters.get(id)!),
    ...Object.keys(derived).map((id) => definitions.derived.get(id)!),
  ].join('');

/** Reads back what `encodeCheckpoint` wrote; throws a SyntaxError on anything else that is not JSON. */
export const decodeCheckpoint = (json: string): Checkpoint =>
  JSON.parse(json, (_, value: unknown) =>
    value !== null && typeof value === 'object' && '$bigint' in value ? BigInt(String(value.$bigint)) : value,
  ) as Checkpoint;

/** What of a checkpoint is defined otherwise now; nothing is known of one that was written without definitions. */
export function redefinedSince({ meters, derived, definitions }: Checkpoint, now: Definitions): Redefined {
  if (definitions === undefined) return NOTHING_REDEFINED;
  const ids = [...meters.map(({ id }) => id), ...Object.keys(derived)];
  const texts = ids.map((id, index) => [id, definitions.slice(index * LENGTH, (index + 1) * LENGTH)] as const);
  return redefinedIn(
    { meters: new Map(texts.slice(0, meters.length)), derived: new Map(texts.slice(meters.length)) },
    now,
  );
}
