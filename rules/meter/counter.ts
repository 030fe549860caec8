import type { Flag } from '../evaluation.ts';
import type { CounterOptions } from '../options.ts';
import type { Ms, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { markOf } from '../trace.ts';
import { HOUR, isUsable, type Note, nothing, type Outcome, type Reading } from './contract.ts';
import { type Count, differ, minus, plus } from './count.ts';
import type { Watch } from './frozen.ts';
import type { Swaps } from './swap.ts';

export interface Mark {
  readonly t: Ms;
  readonly count: Count;
  readonly statusCode: StatusCode;
}

interface Suspect extends Mark {
  /** Suspects before it, since `base`, that proved to be momentary errors. */
  readonly dropped: number;
}

/** `base`: the last reading that counts. `suspect`: one that fits nothing yet; the next reading decides. */
export interface CounterState {
  readonly base: Mark | null;
  readonly suspect: Suspect | null;
  readonly rejected: number;
  /** How far back the timestamps went since `base`: more time may have passed than they say. */
  readonly backTo: Ms | null;
  /** The configuration warning about the register's resolution was given. */
  readonly warned: boolean;
  /** Only where it is said how a stuck register is known. */
  readonly watch?: Watch;
  /** Only since the register has moved, or its exchange was declared. */
  readonly swaps?: Swaps;
}
export const counterStart: CounterState = { base: null, suspect: null, rejected: 0, backTo: null, warned: false };

type Options = CounterOptions & { readonly maxGap: Ms; readonly periodMs: Ms };

/** A totaliser's next reading: metering.md §2, rules 0 to 3. */
export function readCounter(options: Options, before: CounterState, reading: Reading): Outcome<CounterState> {
  const mark = markOfReading(reading);
  if (!mark) return nothing(before);
  const notes = before.warned ? [] : resolutionNotes(options, mark);
  const state = notes.length > 0 ? { ...before, warned: true } : before;
  const outcome = decide(options, state, mark, reading.takenWithin ?? 0);
  return notes.length > 0 ? { ...outcome, notes: [...outcome.notes, ...notes] } : outcome;
}

function markOfReading(reading: Reading): Mark | null {
  if (!isUsable(reading) || typeof reading.value === 'string') return null;
  return { t: reading.t, count: reading.value, statusCode: reading.statusCode };
}

function decide(options: Options, state: CounterState, mark: Mark, takenWithin: Ms): Outcome<CounterState> {
  const { base, suspect } = state;
  if (!base) return nothing({ ...state, base: mark });
  const most = (from: Mark): number => {
    const since = state.backTo === null ? from.t : Math.min(from.t, state.backTo - options.maxGap);
    return plausible(options, mark.t - since + takenWithin);
  };
  const step = continues(options, base, mark, most(base));
  if (step) return counted(options, state, base, mark, step);
  if (!suspect) return nothing({ ...state, suspect: { ...mark, dropped: 0 } });
  const moved = continues(options, suspect, mark, most(suspect));
  if (moved) return jumped(options, state, base, suspect, mark, moved);
  const next: Suspect = { ...mark, dropped: suspect.dropped + 1 };
  return nothing({ ...state, suspect: next, rejected: state.rejected + 1 });
}

/** Most counts in so long a time; one more, because a coarse register steps at once. */
export const plausible = (options: Options, duration: Ms): number =>
  ((options.maxRate / options.scale) * duration) / HOUR + 1;

interface Step {
  readonly counts: number;
  readonly flags: readonly Flag[];
  /** The mark that the next reading is compared with. */
  readonly next: Mark;
}

/** How `b` continues `a`: as jitter, forward or through the modulus; null when it does not. */
function continues({ jitter, modulus }: Options, a: Mark, b: Mark, most: number): Step | null {
  const delta = minus(b.count, a.count);
  const slack = differ(a.count, b.count);
  const isJitter = (counts: number): boolean => counts < 0 && counts >= -jitter - slack;
  const isPlausible = (counts: number): boolean => counts >= 0 && counts <= most + slack;
  const counts = Number(delta);
  const still: Step = { counts: 0, flags: NO_FLAGS, next: { ...b, count: a.count } };
  if (isJitter(counts)) return still;
  if (isPlausible(counts)) return { counts, flags: NO_FLAGS, next: b };
  if (modulus === undefined) return null;
  if (counts > 0) return isJitter(plus(delta, -modulus)) ? still : null;
  const rolled = plus(delta, modulus);
  return isPlausible(rolled) ? { counts: rolled, flags: ['rollover'], next: b } : null;
}

/** The increment from `a` to `b`; a suspect between them was a glitch. */
function counted(options: Options, state: CounterState, a: Mark, b: Mark, step: Step): Outcome<CounterState> {
  const flags: readonly Flag[] = state.suspect ? [...step.flags, 'glitch'] : step.flags;
  const glitches = state.suspect ? state.suspect.dropped + 1 : 0;
  const segment = increment(options, a, b, step.counts, flags, glitches);
  const overfull = state.backTo !== null && step.counts > plausible(options, b.t - a.t);
  return {
    state: {
      ...state,
      base: step.next,
      suspect: null,
      backTo: null,
      rejected: state.rejected + (state.suspect ? 1 : 0),
    },
    segments: [overfull ? misplaced(segment) : segment],
    notes: [],
  };
}

/** The total is right, but the clock went back meanwhile: when it was consumed is not what the timestamps say. */
const misplaced = (segment: Segment): Segment => ({
  ...segment,
  knowledge: 'split',
  statusCode: worst(segment.statusCode, 'uncertain'),
  flags: [...segment.flags, 'clock-skew'],
});

/** The register really moved: reset when it fell, replacement when it rose. What was consumed in between is unknown. */
function jumped(
  options: Options,
  state: CounterState,
  base: Mark,
  suspect: Suspect,
  mark: Mark,
  step: Step,
): Outcome<CounterState> {
  const fell = Number(minus(suspect.count, base.count)) < 0;
  const event: Flag & Note['event'] = fell ? 'reset' : 'replacement';
  const fromZero = fell && options.resetsToZero && Number(suspect.count) <= plausible(options, suspect.t - base.t);
  const lost: Segment = {
    start: base.t,
    end: suspect.t,
    // A count that cannot have come since zero is a preset: nothing is known of it.
    amount: fromZero ? Number(suspect.count) * options.scale : 0,
    bend: 0,
    knowledge: 'unknown',
    statusCode: 'uncertain',
    flags: [event],
    seen: { from: markOf(base.t, base.count), to: markOf(suspect.t, suspect.count), glitches: suspect.dropped },
  };
  const detail = `register ${base.count} → ${suspect.count} → ${mark.count}; consumption between the first two is unknown`;
  return {
    state: { ...state, base: step.next, suspect: null, backTo: null },
    segments: [lost, increment(options, suspect, mark, step.counts, step.flags, 0)],
    notes: [{ event, detail }],
  };
}

function increment(
  options: Options,
  a: Mark,
  b: Mark,
  counts: number,
  flags: readonly Flag[],
  glitches: number,
): Segment {
  return {
    start: a.t,
    end: b.t,
    amount: counts * options.scale,
    bend: 0,
    knowledge: b.t - a.t > options.maxGap ? 'split' : 'measured',
    statusCode: worst(a.statusCode, b.statusCode),
    flags,
    seen: { from: markOf(a.t, a.count), to: markOf(b.t, b.count), ...(glitches > 0 && { glitches }) },
    ...(options.float32 && { resolution: float32Step(options, b.count) }),
  };
}

/** The register's step at this value, in the meter's unit (IEEE 754 binary32: 24 significant bits). */
export function float32Step(options: Options, count: Count): number {
  const value = Math.abs(Number(count));
  return value === 0 ? 0 : 2 ** (Math.floor(Math.log2(value)) - 23) * options.scale;
}

/** A float32 register that has grown so far that one poll's increment is lost in its last step. */
function resolutionNotes(options: Options, { count }: Mark): Note[] {
  const step = options.float32 ? float32Step(options, count) : 0;
  const most = (options.maxRate * options.periodMs) / HOUR;
  if (!(step > most)) return [];
  const detail = `the float32 register steps by ${step} ${options.unit} at ${count}; a poll brings at most ${most}`;
  return [{ event: 'coarse-register', detail }];
}

/** Whether a reading may be of the time that it names: it goes on from what is known before it, and what is known after it does from it. */
export function fitsInto(options: Options, course: readonly Mark[], reading: Reading): boolean {
  const mark = markOfReading(reading);
  if (!mark) return true;
  const before = course.findLast(({ t }) => t <= mark.t);
  const after = course.find(({ t }) => t >= mark.t);
  const goesOn = (a: Mark, b: Mark): boolean =>
    continues(options, a, b, plausible(options, b.t - a.t + (reading.takenWithin ?? 0))) !== null;
  return (!before || goesOn(before, mark)) && (!after || goesOn(mark, after));
}

/** A reading of a clock that went back is not used; how far back it was is remembered. */
export const wentBack = (state: CounterState, { t }: Reading): CounterState =>
  state.base ? { ...state, backTo: Math.min(state.backTo ?? t, t) } : state;
