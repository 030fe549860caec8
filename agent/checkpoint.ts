import type { Saved } from '../rules/saved.ts';

/** The engine's state as text. 64-bit counts are exact: JSON has no such number, so they are marked text. */
export const encodeCheckpoint = (saved: Saved): string =>
  JSON.stringify(saved, (_, value: unknown) => (typeof value === 'bigint' ? { $bigint: value.toString() } : value));

/** Reads back what `encodeCheckpoint` wrote; throws a SyntaxError on anything else that is not JSON. */
export const decodeCheckpoint = (json: string): Saved =>
  JSON.parse(json, (_, value: unknown) =>
    value !== null && typeof value === 'object' && '$bigint' in value ? BigInt(String(value.$bigint)) : value,
  ) as Saved;
