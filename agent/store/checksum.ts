import { crc32 } from 'node:zlib';
import type { Ms } from '../../rules/sample.ts';
import type { MinuteRow, StoredEntry } from './contract.ts';

/** SQLite does not notice a flipped bit inside a value: what figures rest on carries its own checksum. */

export const recordCrc = (seq: number, kind: string, at: Ms, body: string): number =>
  crc32(body, crc32(`${seq}|${kind}|${at}|`));

export const minuteCrc = ({ tag, minute, min, max, mean, last, goodShare }: MinuteRow): number =>
  crc32(JSON.stringify([tag, minute, min, max, mean, last, goodShare]));

export const checkpointCrc = (body: string): number => crc32(body);

export const entryCrc = ({ key, at, who, epoch, seq, body }: StoredEntry): number =>
  crc32(JSON.stringify([key, at, who, epoch, seq, body]));

export const placeCrc = (name: string, epoch: string, seq: number, at: Ms): number =>
  crc32(JSON.stringify([name, epoch, seq, at]));
