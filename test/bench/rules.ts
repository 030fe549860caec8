import { loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeCheckpoint } from '../../agent/checkpoint.ts';
import { stepInPlace } from '../../rules/engine.ts';
import type { Plan } from '../../rules/plan.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { save } from '../../rules/saved.ts';
import { type State, startState } from '../../rules/state.ts';
import { at } from '../support/engineKit.ts';
import { METERS_OF_AN_ENDPOINT, plantOf, pollOf } from './mill.ts';

/**
 * How many samples `stepInPlace` takes on one core, what a meter's state weighs, and how both grow with the number of
 * meters. A step is what the agent gives the engine at once: the poll of one endpoint, of a thousand meters. The work is
 * the same at every size: the same twenty minutes, polled each second between the borders of windows, over a full hour:
 * closing the twenty minutes, a quarter and the hour takes about the share that windows have in a whole hour. A plant that
 * has just begun is not counted: the first minute is over before. Small plants play them several times, so that every
 * round has its share of the garbage collector's work. Samples are made outside the timed part. Time is processor time of all threads,
 * and of the rounds the best one counts: others on the machine make it only longer.
 */

interface Size {
  readonly meters: number;
  /** The twenty minutes in one round. */
  readonly plays: number;
}
const SIZES: readonly Size[] = [
  { meters: 100, plays: 30 },
  { meters: 1_000, plays: 3 },
  { meters: 10_000, plays: 1 },
  { meters: 100_000, plays: 1 },
];
const ROUNDS = 2;
const POLLS = 1_200;
const FEW_POLLS = 120;
/** The figure of the last line is of a plant of so many meters. */
const TYPICAL = 1_000;
const FROM = at('2026-11-24T14:48:30.400+08:00');
const WARM_UP = 90;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Microseconds of processor time, of all threads and so with all of the garbage collector: others on the machine take none. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface Cost {
  /** Nanoseconds for one sample: of `step`, and of it in the steps that close windows. */
  readonly step: number;
  readonly closing: number;
}

function round(plan: Plan, plays: number): Cost & { readonly state: State } {
  let [step, closing, state] = [0, 0, startState(plan, FROM)];
  const count = play(plan, plays, POLLS, (samples, now, isCounted) => {
    // A play begins anew.
    if (now < state.steppedAt) state = startState(plan, FROM);
    const start = cpuTime();
    const made = stepInPlace(plan, state, { now, samples });
    const spent = cpuTime() - start;
    state = made.state;
    if (!isCounted) return;
    step += spent;
    if (made.outputs.some(({ type }) => type === 'figure')) closing += spent;
  });
  return { step: (step / count) * 1e3, closing: (closing / count) * 1e3, state };
}

const costOf = ({ step, closing }: Cost): Cost => ({ step, closing });

/** Nanoseconds for one sample of the bare loop, which no border concerns, in a play of its own: neither pays for what the other leaves behind. */
function bareRound(plan: Plan, plays: number): number {
  const [last, sums] = [new Map<string, number>(), new Map<string, number>()];
  let spent = 0;
  const count = play(plan, plays, FEW_POLLS, (samples, _, isCounted) => {
    const start = cpuTime();
    addUp(samples, last, sums);
    if (isCounted) spent += cpuTime() - start;
  });
  return (spent / count) * 1e3;
}

type Take = (samples: Sample[], now: Ms, isCounted: boolean) => void;

/** Gives what is read to `take`, one endpoint after the other; how many samples counted. */
function play(plan: Plan, plays: number, polls: number, take: Take): number {
  let count = 0;
  for (let nth = 0; nth < plays * (WARM_UP + polls); nth++) {
    const poll = nth % (WARM_UP + polls);
    const now: Ms = FROM + poll * 1000;
    for (let endpoint = 0; endpoint * METERS_OF_AN_ENDPOINT < plan.meters.length; endpoint++) {
      const samples = pollOf(plan, endpoint, now);
      take(samples, now, poll >= WARM_UP);
      if (poll >= WARM_UP) count += samples.length;
    }
  }
  return count;
}

/** The least that anyone could do with a sample: the sum of differences of each tag. */
function addUp(samples: readonly Sample[], last: Map<string, number>, sums: Map<string, number>): void {
  for (const { tag, value } of samples) {
    const before = last.get(tag);
    if (before !== undefined) sums.set(tag, (sums.get(tag) ?? 0) + (value as number) - before);
    last.set(tag, value as number);
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** What the state takes in memory: the heap before and after it is taken from a checkpoint's place. */
function heapBytes(state: State): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const copy = structuredClone(state);
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  if (copy.steppedAt !== state.steppedAt) throw new Error('the copy is another state');
  return bytes;
}

/** Microseconds of a step that brings one sample to the whole plant. */
function single(plan: Plan, from: State): number {
  let state = from;
  const times = Array.from({ length: 501 }, (_, index) => {
    const now = Math.min(from.steppedAt + 10 + index, from.due - 1);
    const { id: tag } = plan.tags[(index * 7919) % plan.tags.length]!;
    const samples = [{ tag, value: 1, statusCode: 'uncertain' as const, sourceTimestamp: now, receivedAt: now }];
    const start = performance.now();
    state = stepInPlace(plan, state, { now, samples }).state;
    return (performance.now() - start) * 1000;
  });
  return median(times);
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

// What is compiled on the way counts at no size.
round(plantOf(TYPICAL), 5);

const measured = SIZES.map(({ meters, plays }) => {
  const plan = plantOf(meters);
  const bare = Math.min(...Array.from({ length: ROUNDS }, () => bareRound(plan, plays)));
  // Of all states but the last nothing is kept: it would be the next round's burden.
  const earlier = Array.from({ length: ROUNDS - 1 }, () => costOf(round(plan, plays)));
  const { state, ...last } = round(plan, plays);
  const best = earlier.reduce((a, b) => (b.step < a.step ? b : a), last);
  const own = best.step;
  const result = {
    meters,
    ns: own,
    bare,
    rate: 1e9 / own,
    ratio: own / bare,
    checkpoint: Buffer.byteLength(encodeCheckpoint(save(plan, state), new Map())) / meters,
    heap: heapBytes(state) / meters,
    // Last: it goes on from the state.
    single: single(plan, state),
  };
  say(
    [
      `${meters} meters`.padEnd(16),
      `${Math.round(result.rate)} samples/s`.padEnd(20),
      `${Math.round(own)} ns/sample (${Math.round(best.closing)} of it to close windows), `.padEnd(50),
      `${result.ratio.toFixed(1)} times a bare sum of differences`.padEnd(42),
      `${result.single.toFixed(1)} µs for a step of one sample`.padEnd(36),
      `per meter ${Math.round(result.checkpoint)} bytes of checkpoint, ${Math.round(result.heap)} of heap`,
    ].join(''),
  );
  return result;
});

type Measured = (typeof measured)[number];
/** The cost of a sample in the largest plant over that in the smallest. */
const growthOf = (cost: (one: Measured) => number): number =>
  Number((cost(measured.at(-1)!) / cost(measured[0]!)).toFixed(2));
const of = (meters: number): Measured => measured.find((one) => one.meters === meters)!;
say(`samplesPerSecond is at ${TYPICAL} meters; costGrowth is the cost of a sample at 100000 meters over that at 100,`);
say('bareCostGrowth that of the bare sum: what does not fit the caches is dearer to everybody;');
say('processor time of all threads, the best of several rounds, since others may share the machine;');
say(`bytesPerMeter is of the checkpoint as JSON at ${TYPICAL} meters; load ${loadavg()[0]!.toFixed(2)}`);
say(
  JSON.stringify({
    samplesPerSecond: Math.round(of(TYPICAL).rate),
    costGrowth: growthOf(({ ns }) => ns),
    bareCostGrowth: growthOf(({ bare }) => bare),
    bytesPerMeter: Math.round(of(TYPICAL).checkpoint),
    heapBytesPerMeter: Math.round(of(TYPICAL).heap),
  }),
);
