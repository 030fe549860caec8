import { closeSync, createWriteStream, existsSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import type { AlarmAction } from '../../rules/alarm.ts';
import type { Input } from '../../rules/engine.ts';
import type { Ms, Sample } from '../../rules/sample.ts';

/** Bytes in which the end of the last whole line is looked for. */
const LONGEST_TAIL = 1_048_576;

/**
 * Writes down all that an agent's rules are given and when, a line of JSON each, so that `pertonne replay` comes to the
 * same figures to the last bit. The file grows without bound.
 */
export interface Recorder {
  /** The rules are taken up as they were after the step at `from`; null: they begin anew. */
  started(at: Ms, from: Ms | null): void;
  take(input: Input): void;
  /** What an operator did about an alarm, after the step at that instant. */
  act(at: Ms, action: AlarmAction): void;
  /** A checkpoint is taken that holds all so far. */
  kept(): void;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
  /** Resolves when the file has all that was taken so far: what a checkpoint holds must not be missing from it. */
  written(): Promise<void>;
  close(): Promise<void>;
}

/** Appends to `file`. When it cannot be written any more, `failed` is called once, and measuring goes on without it. */
export function recordTo(file: string, failed: (cause: Error) => void): Recorder {
  withoutTornLine(file);
  const stream = createWriteStream(file, { flags: 'a' });
  let isOver = false;
  let steppedAt: Ms | null = null;
  /** Null while there is room; all who wait for it wait for the same. */
  let room: PromiseWithResolvers<void> | null = null;
  const roomMade = (): void => {
    room?.resolve();
    room = null;
  };
  stream.on('drain', roomMade);
  stream.once('error', (cause) => {
    isOver = true;
    roomMade();
    failed(cause);
  });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  const write = (lines: string): void => {
    if (isOver || stream.write(lines)) return;
    room ??= Promise.withResolvers();
  };
  return {
    started(at, from) {
      write(lineOf({ startedAt: at, from }));
      steppedAt = from ?? at;
    },
    take(input) {
      write(linesOf(input, input.now === steppedAt));
      steppedAt = input.now;
    },
    kept: () => write(lineOf({ keptAt: steppedAt })),
    act: (at, action) => write(lineOf({ enteredAt: at, ...action })),
    room: async () => room?.promise,
    written: () => new Promise((resolve) => (isOver ? resolve() : stream.write('', () => resolve()))),
    async close() {
      isOver = true;
      stream.end();
      await closed;
    },
  };
}

/** An agent that was killed may have left half a line, of what no checkpoint holds. */
function withoutTornLine(file: string): void {
  if (!existsSync(file)) return;
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r');
  const tail = Buffer.alloc(Math.min(size, LONGEST_TAIL));
  readSync(descriptor, tail, 0, tail.length, size - tail.length);
  closeSync(descriptor);
  const end = size - tail.length + tail.lastIndexOf('\n') + 1;
  if (end < size && tail.length > 0) truncateSync(file, end);
}

const lineOf = (object: object): string => `${JSON.stringify(object, exact)}\n`;

/** A step without samples is a line too: windows may close by it. `again`: another step at the instant of the one before. */
function linesOf({ now, samples, entries = [] }: Input, again: boolean): string {
  const [first = {}, ...others] = samples.map(sound);
  const lines = [
    { takenAt: now, ...(again && { again }), ...first },
    ...others.map((sample) => ({ takenAt: now, ...sample })),
    ...entries.map((entry) => ({ enteredAt: now, ...entry })),
  ];
  return lines.map(lineOf).join('');
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
