import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeCheckpoint } from '../../agent/checkpoint.ts';
import { keepObjectsYoung } from '../../agent/youngObjects.ts';
import { stepInPlace } from '../../rules/engine.ts';
import type { Plan } from '../../rules/plan.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { save } from '../../rules/saved.ts';
import { type State, startState } from '../../rules/state.ts';
import { at } from '../support/engineKit.ts';
import { METERS_OF_AN_ENDPOINT, plantOf, pollOf } from './mill.ts';

/** What rules.ts measures, of a plant of one size, in a process of its own: meters, and how often it plays the twenty minutes. */

const ROUNDS = 2;
const POLLS = 1_200;
const FEW_POLLS = 120;
const FROM = at('2026-11-24T14:48:30.400+08:00');
const WARM_UP = 90;
// As the agent does.
keepObjectsYoung();
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

type Take = (samples: readonly Sample[], now: Ms, isCounted: boolean) => void;

/** Gives what is read to `take`, one endpoint after the other; how many samples counted. */
function play(plan: Plan, plays: number, polls: number, take: Take): number {
  let count = 0;
  const samples: Sample[] = [];
  for (let nth = 0; nth < plays * (WARM_UP + polls); nth++) {
    const poll = nth % (WARM_UP + polls);
    const now: Ms = FROM + poll * 1000;
    for (let endpoint = 0; endpoint * METERS_OF_AN_ENDPOINT < plan.meters.length; endpoint++) {
      pollOf(plan, endpoint, now, samples);
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

/** Of a plant of one size: nanoseconds for a sample; bytes of a meter's state; microseconds of a step of one sample. */
export interface Measured extends Cost {
  readonly meters: number;
  readonly bare: number;
  readonly checkpoint: number;
  readonly heap: number;
  readonly single: number;
}

function measured(meters: number, plays: number): Measured {
  const plan = plantOf(meters);
  const bare = Math.min(...Array.from({ length: ROUNDS }, () => bareRound(plan, plays)));
  // Of all states but the last nothing is kept: it would be the next round's burden.
  const earlier = Array.from({ length: ROUNDS - 1 }, () => costOf(round(plan, plays)));
  const { state, ...last } = round(plan, plays);
  return {
    meters,
    ...earlier.reduce((a, b) => (b.step < a.step ? b : a), last),
    bare,
    checkpoint: Buffer.byteLength(encodeCheckpoint(save(plan, state), new Map())) / meters,
    heap: heapBytes(state) / meters,
    // Last: it goes on from the state.
    single: single(plan, state),
  };
}

process.send!(measured(Number(process.argv[2]), Number(process.argv[3])));
