import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Sample } from '../../rules/sample.ts';

/** Writes every sample as a line of JSON, as `pertonne replay` reads it. The file grows without bound. */
export interface Recorder {
  /** Resolves when there is room for more. */
  take(samples: readonly Sample[]): Promise<void>;
  close(): Promise<void>;
}

/** Appends to `file`. When it cannot be written any more, `failed` is called once, and measuring goes on without it. */
export function recordTo(file: string, failed: (cause: Error) => void): Recorder {
  const stream = createWriteStream(file, { flags: 'a' });
  let isBroken = false;
  stream.once('error', (cause) => {
    isBroken = true;
    failed(cause);
  });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  return {
    async take(samples) {
      if (isBroken || samples.length === 0) return;
      const hasRoom = stream.write(samples.map((sample) => `${sampleLine(sample)}\n`).join(''));
      if (!hasRoom) await Promise.race([once(stream, 'drain').catch(() => {}), closed]);
    },
    async close() {
      stream.end();
      await closed;
    },
  };
}

/** An exact 64-bit count is marked text: JSON has no such number. What is not finite is bad, as the rules would have it. */
function sampleLine(sample: Sample): string {
  const { value } = sample;
  const isSound = typeof value !== 'number' || Number.isFinite(value);
  const sound: Sample = isSound
    ? sample
    : { ...sample, value: null, statusCode: 'bad', reason: sample.reason ?? 'not a finite number' };
  return JSON.stringify(sound, (_, inner: unknown) => (typeof inner === 'bigint' ? { $bigint: `${inner}` } : inner));
}
