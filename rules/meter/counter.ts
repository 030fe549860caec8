import type { Flag } from '../evaluation.ts';
import type { CounterOptions } from '../options.ts';
import type { Ms, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { HOUR, isUsable, type Note, nothing, type Outcome, type Reading } from './contract.ts';

type Count = number | bigint;
interface Mark {
  readonly t: Ms;
  readonly takenWithin: Ms;
  readonly count: Count;
  readonly statusCode: StatusCode;
}

/** `base`: the last reading that counts. `suspect`: one that fits nothing yet; the next reading decides. */
export interface CounterState {
  readonly base: Mark | null;
  readonly suspect: Mark | null;
  readonly rejected: number;
}
export const counterStart: CounterState = { base: null, suspect: null, rejected: 0 };

type Options = CounterOptions & { readonly maxGap: Ms };

/** A totaliser's next reading: metering.md §2, rules 0 to 3. */
export function readCounter(options: Options, state: CounterState, reading: Reading): Outcome<CounterState> {
  if (!isUsable(reading) || typeof reading.value === 'string') return nothing(state);
  const mark: Mark = {
    t: reading.t,
    takenWithin: reading.takenWithin,
    count: reading.value,
    statusCode: reading.statusCode,
  };
  if (!state.base) return nothing({ ...state, base: mark });
  const step = continues(options, state.base, mark);
  if (step) return counted(options, state, state.base, mark, step);
  if (!state.suspect) return nothing({ ...state, suspect: mark });
  const moved = continues(options, state.suspect, mark);
  if (moved) return jumped(options, state, state.base, state.suspect, mark, moved);
  return nothing({ ...state, suspect: mark, rejected: state.rejected + 1 });
}

interface Step {
  readonly counts: number;
  readonly flags: readonly Flag[];
  /** The mark that the next reading is compared with. */
  readonly next: Mark;
}

/** How `b` continues `a`: as jitter, forward or through the modulus; null when it does not. */
function continues(options: Options, a: Mark, b: Mark): Step | null {
  const delta = minus(b.count, a.count);
  // What was taken late in its poll may hold more than the time since the last one accounts for.
  const longest = b.t + b.takenWithin - a.t;
  const most = ((options.maxRate / options.scale) * longest) / HOUR + 1;
  const counts = Number(delta);
  if (counts < 0 && counts >= -options.jitter) return { counts: 0, flags: NO_FLAGS, next: { ...b, count: a.count } };
  if (counts >= 0 && counts <= most) return { counts, flags: NO_FLAGS, next: b };
  if (counts >= 0 || options.modulus === undefined) return null;
  const rolled = plus(delta, options.modulus);
  return rolled >= 0 && rolled <= most ? { counts: rolled, flags: ['rollover'], next: b } : null;
}

const minus = (b: Count, a: Count): Count =>
  typeof a === 'bigint' && typeof b === 'bigint' ? b - a : Number(b) - Number(a);
const plus = (delta: Count, modulus: Count): number =>
  typeof delta === 'bigint' ? Number(delta + BigInt(modulus)) : delta + Number(modulus);

/** The increment from `a` to `b`; a suspect between them was a glitch. */
function counted(options: Options, state: CounterState, a: Mark, b: Mark, step: Step): Outcome<CounterState> {
  const flags: readonly Flag[] = state.suspect ? [...step.flags, 'glitch'] : step.flags;
  return {
    state: { base: step.next, suspect: null, rejected: state.rejected + (state.suspect ? 1 : 0) },
    segments: [increment(options, a, b, step.counts, flags)],
    notes: [],
  };
}

/** The register really moved: reset when it fell, replacement when it rose. What was consumed in between is unknown. */
function jumped(
  options: Options,
  state: CounterState,
  base: Mark,
  suspect: Mark,
  mark: Mark,
  step: Step,
): Outcome<CounterState> {
  const fell = Number(minus(suspect.count, base.count)) < 0;
  const event: Flag & Note['event'] = fell ? 'reset' : 'replacement';
  const sinceZero = fell && options.resetsToZero ? Number(suspect.count) * options.scale : 0;
  const lost: Segment = {
    start: base.t,
    end: suspect.t,
    amount: sinceZero,
    bend: 0,
    knowledge: 'unknown',
    statusCode: 'uncertain',
    flags: [event],
  };
  const detail = `register ${base.count} → ${suspect.count} → ${mark.count}; consumption between the first two is unknown`;
  return {
    state: { base: step.next, suspect: null, rejected: state.rejected },
    segments: [lost, increment(options, suspect, mark, step.counts, step.flags)],
    notes: [{ event, detail }],
  };
}

function increment(options: Options, a: Mark, b: Mark, counts: number, flags: readonly Flag[]): Segment {
  return {
    start: a.t,
    end: b.t,
    amount: counts * options.scale,
    bend: 0,
    knowledge: b.t - a.t > options.maxGap ? 'split' : 'measured',
    statusCode: worst(a.statusCode, b.statusCode),
    flags,
  };
}

/** The register's step at its present value, in the meter's unit (IEEE 754 binary32: 24 significant bits). */
export function float32Step(options: CounterOptions, state: CounterState): number {
  const value = Math.abs(Number(state.base?.count ?? 0));
  return value === 0 ? 0 : 2 ** (Math.floor(Math.log2(value)) - 23) * options.scale;
}
