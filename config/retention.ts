import { z } from 'zod';
import { Duration } from '../rules/options.ts';

const SIZE = /^(\d+(?:\.\d+)?)\s*(MB|GB|TB|MiB|GiB|TiB)$/;
const UNIT = { MB: 1e6, GB: 1e9, TB: 1e12, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const Size = z
  .string()
  .regex(SIZE, 'a size such as 500MB, 4GiB')
  .transform((text) => {
    const [, count, unit] = SIZE.exec(text)!;
    return Number(count) * UNIT[unit as keyof typeof UNIT];
  });

/** What is kept of records and of history; the oldest goes first, and readers who had not read it are told how many. */
export const Retention = z
  .strictObject({
    keep: Duration.prefault('1095d').describe('how long records are kept, in plant time'),
    maxBytes: Size.prefault('4GiB').describe('of all records together; the file is larger by indexes and history'),
    maxHistory: Size.prefault('4GiB').describe(
      'of the minutes of all tags together, each counted as 100 bytes; the oldest go first, of all tags alike',
    ),
    history: Duration.prefault('31d').describe(
      'how long the minutes of tags are kept: about 4 MB for each tag and 31 days',
    ),
  })
  .describe('what is kept on disk');
export type Retention = z.infer<typeof Retention>;
