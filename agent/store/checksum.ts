import { crc32 } from 'node:zlib';
import type { Ms } from '../../rules/sample.ts';
import type { MinuteRow } from './contract.ts';
import { DamagedError } from './errors.ts';

/** SQLite does not notice a flipped bit inside a value: what figures rest on carries its own checksum. */

export const recordCrc = (seq: number, kind: string, at: Ms, body: string): number =>
  crc32(body, crc32(`${seq}|${kind}|${at}|`));

export const minuteCrc = ({ tag, minute, min, max, mean, last, goodShare }: MinuteRow): number =>
  crc32(JSON.stringify([tag, minute, min, max, mean, last, goodShare]));

export const checkpointCrc = (body: string): number => crc32(body);

/** Throws DamagedError where `stored` is not `computed`; a row of before there were checksums has null. */
export function verify(stored: number | null | undefined, computed: () => number, what: string): void {
  if (stored != null && stored !== computed()) throw new DamagedError(`${what} is not as it was written`);
}
