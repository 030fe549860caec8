import type { CounterOptions } from '../options.ts';
import type { Ms, RawValue } from '../sample.ts';
import type { Segment } from '../segment.ts';
import { isUsable, type Note, type Outcome, type Reading } from './contract.ts';
import type { CounterState } from './counter.ts';
import { readRegister } from './swap.ts';

/** A register that stands still while its line runs is broken: its zeros are no consumption (metering.md §6). */

interface Stretch {
  readonly from: Ms;
  readonly to: Ms;
}

/** What is known of the register's rest and of the line's running; the two tags may be delayed against each other. */
export interface Watch {
  /** Over which the register has shown one count. */
  readonly still: Stretch | null;
  /** Over which the line is proved to have run, up to the last proof. */
  readonly run: Stretch | null;
  /** The last value of the proof. */
  readonly proof: RawValue | null;
  /** Up to when the register has been found frozen, in this rest. */
  readonly frozenTo: Ms | null;
}
const watchStart: Watch = { still: null, run: null, proof: null, frozenTo: null };

type Options = CounterOptions & { readonly maxGap: Ms; readonly periodMs: Ms };
type Proof = NonNullable<CounterOptions['frozen']>;

/** Input 0 is the register, input 1 what proves that the line runs. */
export function readWatched(options: Options, before: CounterState, reading: Reading): Outcome<CounterState> {
  const watch = before.watch ?? watchStart;
  if (reading.input === 1) return found(options, before, proved(options.frozen!, watch, reading));
  const outcome = readRegister(options, before, reading);
  const seen = rested(watch, before, outcome.state);
  const { state, segments, notes } = found(options, outcome.state, seen);
  return { state, segments: [...outcome.segments, ...segments], notes: [...outcome.notes, ...notes] };
}

function rested(watch: Watch, before: CounterState, { base }: CounterState): Watch {
  if (!base || base === before.base) return watch;
  if (before.base?.count === base.count && watch.still) return { ...watch, still: { ...watch.still, to: base.t } };
  return { ...watch, still: { from: base.t, to: base.t }, frozenTo: null };
}

function proved(proof: Proof, watch: Watch, reading: Reading): Watch {
  const { t } = reading;
  if (!isUsable(reading)) return { ...watch, run: null };
  const { value } = reading;
  if (proof.above !== undefined) {
    const runs = Number(value) > proof.above;
    return { ...watch, proof: value, run: runs ? { from: watch.run?.from ?? t, to: t } : null };
  }
  if (watch.proof === null || watch.proof === value) return { ...watch, proof: value };
  // Between two changes further apart the line may have stood.
  const goesOn = watch.run !== null && t - watch.run.to <= proof.for;
  return { ...watch, proof: value, run: { from: goesOn ? watch.run!.from : t, to: t } };
}

/** Flags the time in which the register rested and the line ran, once that is long enough. */
function found(options: Options, state: CounterState, watch: Watch): Outcome<CounterState> {
  const { still, run, frozenTo } = watch;
  const from = Math.max(still?.from ?? Infinity, run?.from ?? Infinity);
  const to = Math.min(still?.to ?? -Infinity, run?.to ?? -Infinity);
  const since = Math.max(from, frozenTo ?? from);
  if (to - from < options.frozen!.for || to <= since) return { state: { ...state, watch }, segments: [], notes: [] };
  const notes: Note[] =
    frozenTo === null ? [{ event: 'frozen-register', detail: `register ${state.base!.count} stands still` }] : [];
  return { state: { ...state, watch: { ...watch, frozenTo: to } }, segments: [frozen(since, to)], notes };
}

/** Adds no amount and takes no coverage: what was counted is shown, as implausible. */
const frozen = (start: Ms, end: Ms): Segment => ({
  ...{ start, end, amount: 0, bend: 0 },
  knowledge: 'unknown',
  statusCode: 'uncertain',
  flags: ['frozen'],
});
