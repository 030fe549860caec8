import type { Ms } from '../../rules/sample.ts';
import { entryCrc, minuteCrc, placeCrc } from './checksum.ts';
import type { MinuteRow, StoredEntry } from './contract.ts';
import type { Damaged } from './queries.ts';

/** A row of `cursors`; `crc` is null in one of an older schema. */
export interface PlaceRow {
  readonly name: string;
  readonly epoch: string;
  readonly seq: number;
  readonly updated_at: Ms;
  readonly crc: number | null;
}

export function isSoundPlace({ name, epoch, seq, updated_at, crc }: PlaceRow, damaged: Damaged): boolean {
  const isSound = crc === null || crc === placeCrc(name, epoch, seq, updated_at);
  if (!isSound) damaged(`the place of the reader ${name}`);
  return isSound;
}

/** A row of `entries`. */
export interface EntryRow extends StoredEntry {
  readonly crc: number | null;
}

/** Those that are as they were written. */
export function soundEntries(rows: readonly EntryRow[], damaged: Damaged): StoredEntry[] {
  return rows.flatMap(({ crc, ...entry }) => {
    if (crc === null || crc === entryCrc(entry)) return [entry];
    damaged(`the entry ${entry.key}`);
    return [];
  });
}

/** A row of `history`; `crc` is null in one of an older schema. */
export interface MinuteDbRow extends MinuteRow {
  readonly crc: number | null;
}

/** Those that are as they were written. */
export function soundMinutes(rows: readonly MinuteDbRow[], damaged: Damaged): MinuteRow[] {
  return rows.flatMap(({ crc, ...row }) => {
    if (crc === null || crc === minuteCrc(row)) return [row];
    damaged(`the minute ${row.minute} of ${row.tag}`);
    return [];
  });
}
