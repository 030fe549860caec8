import { createWriteStream } from 'node:fs';
import type { Input } from '../../rules/engine.ts';
import type { Sample } from '../../rules/sample.ts';

/**
 * Writes down all that an agent's rules are given and when, a line of JSON each, so that `pertonne replay` comes to the
 * same figures to the last bit. The file grows without bound.
 */
export interface Recorder {
  take(input: Input): void;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
  close(): Promise<void>;
}

/** Appends to `file`. When it cannot be written any more, `failed` is called once, and measuring goes on without it. */
export function recordTo(file: string, failed: (cause: Error) => void): Recorder {
  const stream = createWriteStream(file, { flags: 'a' });
  let isBroken = false;
  let room = Promise.withResolvers<void>();
  room.resolve();
  stream.on('drain', () => room.resolve());
  stream.once('error', (cause) => {
    isBroken = true;
    room.resolve();
    failed(cause);
  });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  return {
    take(input) {
      if (isBroken || stream.write(linesOf(input))) return;
      room = Promise.withResolvers();
    },
    room: () => room.promise,
    async close() {
      stream.end();
      await closed;
    },
  };
}

/** A step without samples is a line too: windows may close by it. */
function linesOf({ now, samples, entries = [] }: Input): string {
  const lines = [
    ...entries.map((entry) => ({ enteredAt: now, ...entry })),
    ...samples.map((sample) => ({ takenAt: now, ...sound(sample) })),
  ];
  return (samples.length > 0 ? lines : [...lines, { takenAt: now }])
    .map((line) => `${JSON.stringify(line, exact)}\n`)
    .join('');
}

/** A 64-bit count of a sample is marked text, of an entry text: JSON has no such number. */
const exact = (key: string, value: unknown): unknown => {
  if (typeof value !== 'bigint') return value;
  return key === 'value' ? { $bigint: `${value}` } : `${value}`;
};

/** What is not finite is bad, as the rules would have it. */
function sound(sample: Sample): Sample {
  if (typeof sample.value !== 'number' || Number.isFinite(sample.value)) return sample;
  return { ...sample, value: null, statusCode: 'bad', reason: sample.reason ?? 'not a finite number' };
}
