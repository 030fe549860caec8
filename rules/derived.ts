import { type Ms, type Sample, type StatusCode, worst } from './sample.ts';

/** A tag that is computed from others: power from voltage and current, a mass flow from concentration and flow. */
export interface Derivation {
  /** The tags that it is made of. */
  readonly inputs: readonly string[];
  /** How long an input's value holds. */
  readonly maxAge: Ms;
  /** The value for the inputs' values, in their order; NaN or infinite where there is none. */
  evaluate(values: readonly number[]): number;
}

interface Known {
  readonly t: Ms;
  readonly value: number | null;
  readonly statusCode: StatusCode;
  readonly reason: string | undefined;
}

/** By input: what it last was, and what came after that and waits for the other inputs. */
export interface DerivedState {
  readonly last: readonly (Known | null)[];
  readonly waiting: readonly (readonly Known[])[];
}

export const derivedStart = ({ inputs }: Derivation): DerivedState => ({
  last: inputs.map(() => null),
  waiting: inputs.map(() => []),
});

export interface Derived {
  readonly state: DerivedState;
  readonly samples: readonly Sample[];
  /** The tag had a value for a later instant already, with what the other inputs were then: the sample is not used. */
  readonly isLate: boolean;
}

/**
 * Takes an input's sample. The derived tag has a value at every instant at which an input has one, as soon as all
 * inputs have come that far (or have been silent for `maxAge`); until then it does not matter which sample comes first.
 */
export function derive(
  tag: string,
  derivation: Derivation,
  state: DerivedState,
  input: number,
  sample: Sample,
): Derived {
  const known = knownOf(sample);
  const waiting = state.waiting[input]!;
  if (known.t <= latest(state) || waiting.some(({ t }) => t === known.t)) return { state, samples: [], isLate: true };
  const place = waiting.findLastIndex(({ t }) => t < known.t) + 1;
  let next: DerivedState = { ...state, waiting: state.waiting.with(input, waiting.toSpliced(place, 0, known)) };
  const heard = derivation.inputs.map((_, index) => newest(next, index));
  const frontier = Math.max(Math.min(...heard), Math.max(...heard) - derivation.maxAge);
  const samples: Sample[] = [];
  for (let t = earliest(next); t <= frontier; t = earliest(next)) {
    next = advance(next, t);
    samples.push({ ...valueAt(derivation, next, t), tag, sourceTimestamp: t, receivedAt: sample.receivedAt });
  }
  return { state: next, samples, isLate: false };
}

/** The latest instant at which the tag has had a value. */
const latest = ({ last }: DerivedState): Ms => Math.max(...last.map((known) => known?.t ?? Number.NEGATIVE_INFINITY));

const newest = ({ last, waiting }: DerivedState, input: number): Ms =>
  waiting[input]!.at(-1)?.t ?? last[input]?.t ?? Number.NEGATIVE_INFINITY;

const earliest = ({ waiting }: DerivedState): Ms =>
  Math.min(...waiting.map((known) => known[0]?.t ?? Number.POSITIVE_INFINITY));

/** Every input as it was at `t`. */
const advance = ({ last, waiting }: DerivedState, t: Ms): DerivedState => ({
  last: last.map((known, input) => (waiting[input]![0]?.t === t ? waiting[input]![0]! : known)),
  waiting: waiting.map((known) => (known[0]?.t === t ? known.slice(1) : known)),
});

type Value = Pick<Sample, 'value' | 'statusCode' | 'reason'>;
const bad = (reason: string): Value => ({ value: null, statusCode: 'bad', reason });

function valueAt({ inputs, maxAge, evaluate }: Derivation, { last }: DerivedState, t: Ms): Value {
  const values: number[] = [];
  let statusCode: StatusCode = 'good';
  let reason: string | undefined;
  for (const [index, name] of inputs.entries()) {
    const known = last[index];
    if (!known) return bad(`${name} has never been read`);
    if (t - known.t > maxAge) return bad(`${name} has been silent`);
    if (known.value === null) return bad(`${name}: ${known.reason ?? 'no value'}`);
    values.push(known.value);
    statusCode = worst(statusCode, known.statusCode);
    reason ??= known.reason && `${name}: ${known.reason}`;
  }
  const value = evaluate(values);
  if (!Number.isFinite(value)) return bad(`no finite value for ${values.join(', ')}`);
  return reason === undefined ? { value, statusCode } : { value, statusCode, reason };
}

function knownOf({ sourceTimestamp: t, value, statusCode, reason }: Sample): Known {
  const usable = statusCode !== 'bad' && value !== null && typeof value !== 'string';
  return { t, value: usable ? Number(value) : null, statusCode: usable ? statusCode : 'bad', reason };
}
