import type { SwapEntry } from '../entry.ts';
import type { Flag } from '../evaluation.ts';
import type { CounterOptions } from '../options.ts';
import type { Ms } from '../sample.ts';
import { worst } from '../sample.ts';
import type { Segment } from '../segment.ts';
import { markOf } from '../trace.ts';
import { isUsable, type Note, nothing, type Outcome, type Reading } from './contract.ts';
import { minus, plus } from './count.ts';
import { type CounterState, type Mark, readCounter } from './counter.ts';

/** A declared exchange of a meter: metering.md §2. Each part has its own scale; nothing is guessed from the readings. */

/** From the last reading before the register moved to the first after it; `guessed` is what was counted for what is unknown. */
interface Jump {
  readonly before: Mark;
  readonly after: Mark;
  readonly guessed: number;
}

type Declared = Pick<SwapEntry, 'removedAt' | 'last' | 'installedAt' | 'first' | 'scale' | 'modulus'>;

export interface Swaps {
  /** Declared, but the readings have not come so far. */
  readonly due: Declared | null;
  /** The last time the register was found to have really moved, for an exchange that is declared later. */
  readonly jump: Jump | null;
  /** What holds in place of the configuration's scale, as long as that says what it said at the exchange. */
  readonly fitted: { readonly insteadOf: number; readonly scale: number; readonly modulus?: number | bigint } | null;
}
const swapsStart: Swaps = { due: null, jump: null, fitted: null };

type Options = CounterOptions & { readonly maxGap: Ms; readonly periodMs: Ms };
type Change = Outcome<CounterState>;

const DECLARED: readonly Flag[] = ['replacement', 'manual'];

const swapsOf = (state: CounterState): Swaps => state.swaps ?? swapsStart;
const withSwaps = (state: CounterState, swaps: Partial<Swaps>): CounterState => ({
  ...state,
  swaps: { ...swapsOf(state), ...swaps },
});

/** The meter's options as they are since its last declared exchange. */
export function fitted<O extends Pick<CounterOptions, 'scale' | 'modulus'>>(options: O, { swaps }: CounterState): O {
  const own = swaps?.fitted;
  if (!own || own.insteadOf !== options.scale) return options;
  return { ...options, scale: own.scale, ...(own.modulus !== undefined && { modulus: own.modulus }) };
}

/** A totaliser's next reading, exchanges of the meter included. */
export function readRegister(options: Options, before: CounterState, reading: Reading): Change {
  const { due } = swapsOf(before);
  if (!due || !isUsable(reading) || reading.t <= due.removedAt) return remembering(options, before, reading);
  // Between the two there is no meter, whatever is read.
  if (reading.t < due.installedAt) return nothing(before);
  return thenRead(options, performed(options, before, due), reading);
}

function thenRead(options: Options, first: Change, reading: Reading): Change {
  const then = remembering(options, first.state, reading);
  return { state: then.state, segments: [...first.segments, ...then.segments], notes: [...first.notes, ...then.notes] };
}

/** Keeps in mind where the register really moved. */
function remembering(options: Options, before: CounterState, reading: Reading): Change {
  const own = fitted(options, before);
  const outcome = inScale(readCounter(own, before, reading), own.scale, options);
  const lost = outcome.segments.find(({ knowledge }) => knowledge === 'unknown');
  if (!lost || !before.base || !before.suspect) return outcome;
  const jump = { before: before.base, after: before.suspect, guessed: lost.amount };
  return { ...outcome, state: withSwaps(outcome.state, { jump }) };
}

/** The working says which scale it was, where that is not the configuration's. */
const inScale = (outcome: Change, scale: number, options: Options): Change =>
  scale === options.scale
    ? outcome
    : { ...outcome, segments: outcome.segments.map((one) => ({ ...one, seen: { ...one.seen, scale } })) };

/** Takes a declared exchange; a text says why it cannot. */
export function declareSwap(options: Options, state: CounterState, entry: Declared): Change | string {
  if (entry.installedAt < entry.removedAt) return 'the new meter is installed before the old one is removed';
  const { base, suspect } = state;
  if (!base || base.t < entry.installedAt) {
    const counts = base && base.t <= entry.removedAt ? between(fitted(options, state), base.count, entry.last) : 0;
    if (counts < -options.jitter)
      return `the last reading ${entry.last} is below ${base!.count}, which was read before it`;
    const due = withSwaps(state, { due: entry });
    if (!suspect || suspect.t < entry.installedAt) return nothing(due);
    return thenRead(options, performed(options, due, entry), { ...suspect, input: 0, value: suspect.count });
  }
  const { jump } = swapsOf(state);
  const isOfJump =
    jump && entry.removedAt >= jump.before.t - options.maxGap && entry.installedAt <= jump.after.t + options.maxGap;
  return isOfJump ? inPlaceOf(options, state, jump, entry) : 'the readings around the exchange are gone';
}

/** The old meter's part ends with its last reading, the new one's begins with its first. */
function performed(options: Options, state: CounterState, swap: Declared): Change {
  const { base } = state;
  const first: Mark = { t: swap.installedAt, count: swap.first, statusCode: 'good' };
  const { modulus, scale } = fitted(options, state);
  const next = withSwaps(
    { ...state, base: first, suspect: null, backTo: null },
    {
      ...{ due: null, jump: null },
      ...fittedBy(options, { scale, ...(modulus !== undefined && { modulus }), ...given(swap) }),
    },
  );
  const note: Note = { event: 'replacement', detail: `declared: ${swap.last} → ${swap.first}` };
  return { state: next, segments: base ? parts(options, state, base, first, swap) : [], notes: [note] };
}

const given = ({ scale, modulus }: Declared): { scale?: number; modulus?: number | bigint } => ({
  ...(scale !== undefined && { scale }),
  ...(modulus !== undefined && { modulus }),
});

const fittedBy = (options: Options, own: Omit<NonNullable<Swaps['fitted']>, 'insteadOf'>): Partial<Swaps> => ({
  fitted: own.scale === options.scale && own.modulus === options.modulus ? null : { insteadOf: options.scale, ...own },
});

/** From the last reading before the exchange to the first after it. */
function parts(options: Options, state: CounterState, base: Mark, after: Mark, swap: Declared): Segment[] {
  const old = fitted(options, state);
  const scaleAfter = swap.scale ?? old.scale;
  const removedAt = clamped(swap.removedAt, base.t, after.t);
  const installedAt = clamped(swap.installedAt, removedAt, after.t);
  const stretches = [
    {
      ...segment(options, base.t, removedAt, between(old, base.count, swap.last) * old.scale, base.statusCode),
      seen: { from: markOf(base.t, base.count), to: markOf(removedAt, swap.last) },
    },
    { ...segment(options, removedAt, installedAt, 0, 'good'), knowledge: 'unknown' as const },
    {
      ...segment(options, installedAt, after.t, between(old, swap.first, after.count) * scaleAfter, after.statusCode),
      seen: { from: markOf(installedAt, swap.first), to: markOf(after.t, after.count), scale: scaleAfter },
    },
  ];
  return stretches.filter(({ start, end, amount }) => end > start || amount !== 0);
}

const clamped = (t: Ms, least: Ms, most: Ms): Ms => Math.min(most, Math.max(least, t));

function segment(options: Options, start: Ms, end: Ms, amount: number, statusCode: Mark['statusCode']): Segment {
  const knowledge = end - start > options.maxGap ? 'split' : 'measured';
  return { start, end, amount: Math.max(0, amount), bend: 0, knowledge, statusCode, flags: DECLARED };
}

/** Counts from `a` to `b`, through the modulus where `b` is below by more than jitter. */
function between({ modulus, jitter }: Options, a: Mark['count'], b: Mark['count']): number {
  const delta = minus(b, a);
  return Number(delta) < -jitter && modulus !== undefined ? plus(delta, modulus) : Number(delta);
}

/**
 * A reset or replacement that was found in the readings proves to be this exchange. What was unknown becomes known, and
 * what was counted since with the old scale is put right: its total is exact, its spread over that time an estimate.
 * The windows keep the doubt under which they were published, and its flags.
 */
function inPlaceOf(options: Options, state: CounterState, jump: Jump, swap: Declared): Change {
  const { before, after, guessed } = jump;
  const old = fitted(options, state);
  const base = state.base!;
  const scale = swap.scale ?? old.scale;
  const since = between({ ...old, ...given(swap) }, after.count, base.count) * (scale - old.scale);
  const corrections = [
    { ...segment(options, before.t, after.t, 0, 'uncertain'), knowledge: 'unknown' as const, amount: -guessed },
    {
      ...segment(options, after.t, base.t, 0, worst(base.statusCode, 'uncertain')),
      ...{ knowledge: 'unknown' as const, amount: since, flags: [...DECLARED, 'estimated' as const], seen: { scale } },
    },
  ].filter(({ amount }) => amount !== 0);
  const modulus = swap.modulus ?? old.modulus;
  const own = { scale, ...(modulus !== undefined && { modulus }) };
  const note: Note = { event: 'replacement', detail: `declared afterwards: ${swap.last} → ${swap.first}` };
  return {
    state: withSwaps(state, { jump: null, ...fittedBy(options, own) }),
    segments: [...parts(options, state, before, after, swap), ...corrections],
    notes: [note],
  };
}
