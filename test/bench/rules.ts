import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './rulesPlant.ts';

/**
 * How many samples `stepInPlace` takes on one core, what a meter's state weighs, and how both grow with the number of
 * meters. A step is what the agent gives the engine at once: the poll of one endpoint, of a thousand meters. The work is
 * the same at every size: the same twenty minutes, polled each second between the borders of windows, over a full hour:
 * closing twenty minutes, a quarter and the hour takes about the share that windows have in a whole hour. A plant that has
 * just begun is not counted: its first minute is over before. Each size has a process of its own, as a plant has. Small
 * plants play the minutes so often that every round has its share of the garbage collector's work, and that of the
 * compiler, which is done once, weighs little. Samples are made outside the timed part, in objects that are used again:
 * what they leave behind would have to be collected inside it. Time is processor time of all threads, and of the rounds
 * the best one counts: others on the machine make it longer.
 */

interface Size {
  readonly meters: number;
  /** The twenty minutes in one round. */
  readonly plays: number;
}
const SIZES: readonly Size[] = [
  { meters: 100, plays: 120 },
  { meters: 1_000, plays: 12 },
  { meters: 10_000, plays: 2 },
  { meters: 100_000, plays: 1 },
];
/** The figure of the last line is of a plant of so many meters. */
const TYPICAL = 1_000;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function measure({ meters, plays }: Size): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'rulesPlant.ts'), [String(meters), String(plays)]);
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(failed)])) as [Measured];
  return message;
}

function failed([code]: unknown[]): never {
  throw new Error(`the plant's process ended with ${code}`);
}

function tell({ meters, step, closing, bare, single, checkpoint, heap }: Measured): void {
  say(
    [
      `${meters} meters`.padEnd(16),
      `${Math.round(1e9 / step)} samples/s`.padEnd(20),
      `${Math.round(step)} ns/sample (${Math.round(closing)} of it to close windows), `.padEnd(50),
      `${(step / bare).toFixed(1)} times a bare sum of differences`.padEnd(42),
      `${single.toFixed(1)} µs for a step of one sample`.padEnd(36),
      `per meter ${Math.round(checkpoint)} bytes of checkpoint, ${Math.round(heap)} of heap`,
    ].join(''),
  );
}

const all: Measured[] = [];
for (const size of SIZES) {
  all.push(await measure(size));
  tell(all.at(-1)!);
}

/** The cost of a sample in the largest plant over that in the smallest. */
const growthOf = (cost: (one: Measured) => number): number => Number((cost(all.at(-1)!) / cost(all[0]!)).toFixed(2));
const typical = all.find(({ meters }) => meters === TYPICAL)!;
say(`samplesPerSecond is at ${TYPICAL} meters; costGrowth is the cost of a sample at 100000 meters over that at 100,`);
say('bareCostGrowth that of the bare sum: what does not fit the caches is dearer to everybody;');
say('processor time of all threads, the best of several rounds, since others may share the machine;');
say(`bytesPerMeter is of the checkpoint as JSON at ${TYPICAL} meters; load ${loadavg()[0]!.toFixed(2)}`);
say(
  JSON.stringify({
    samplesPerSecond: Math.round(1e9 / typical.step),
    costGrowth: growthOf(({ step }) => step),
    bareCostGrowth: growthOf(({ bare }) => bare),
    bytesPerMeter: Math.round(typical.checkpoint),
    heapBytesPerMeter: Math.round(typical.heap),
  }),
);
