import { Fraction, sum, ZERO } from './fraction.ts';

/**
 * The metering contract worked out a second time, in fractions and from its text alone: counters (§2), rates (§3), pieces
 * (§4) and metal from current (§5). Nothing of rules/ is used.
 */

/** `value` is null for a bad reading. */
export interface ExactReading {
  readonly t: number;
  readonly value: number | bigint | null;
}

/** What was consumed between two instants; nothing is known of it without an amount. At an instant where both are one. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly amount: Fraction;
  /** The rate at its ends, per hour, where it is not even. */
  readonly ramp?: readonly [Fraction, Fraction];
  readonly known: boolean;
}

export interface ExactCounter {
  readonly scale: number;
  readonly maxRate: number;
  readonly modulus?: bigint;
  readonly jitter?: number;
  readonly resetsToZero?: boolean;
}

const HOUR = Fraction.of(3_600_000);

export function counterStretches(meter: ExactCounter, readings: readonly ExactReading[]): Stretch[] {
  const { modulus, jitter = 1 } = meter;
  const scale = Fraction.of(meter.scale);
  const stretches: Stretch[] = [];
  const most = (ms: number): Fraction =>
    Fraction.of(meter.maxRate).over(scale).times(Fraction.of(ms)).over(HOUR).plus(Fraction.of(1));
  type Known = { t: number; count: Fraction };
  /** Counts from a to b, rules 0 to 2; null for rule 3. */
  const between = (a: Known, b: Known): Fraction | null => {
    const delta = b.count.minus(a.count);
    if (delta.n < 0n && Fraction.of(-jitter).atMost(delta)) return ZERO;
    if (delta.n >= 0n && delta.atMost(most(b.t - a.t))) return delta;
    if (delta.n >= 0n || modulus === undefined) return null;
    const across = delta.plus(Fraction.of(modulus));
    return across.n >= 0n && across.atMost(most(b.t - a.t)) ? across : null;
  };
  const add = (a: Known, b: Known, counts: Fraction): void => {
    stretches.push({ from: a.t, to: b.t, amount: counts.times(scale), known: true });
  };
  const after = (a: Known, b: Known): Known =>
    b.count.atMost(a.count) && between(a, b)?.n === 0n ? { ...a, t: b.t } : b;
  let base: Known | null = null;
  let suspect: Known | null = null;
  for (const { t, value } of readings) {
    if (value === null) continue;
    const now: Known = { t, count: Fraction.of(value) };
    const counts = base && between(base, now);
    const moved = suspect && between(suspect, now);
    if (!base) base = now;
    else if (counts) {
      add(base, now, counts);
      [base, suspect] = [after(base, now), null];
    } else if (suspect && moved) {
      const fromZero = suspect.count.minus(base.count).n < 0n && meter.resetsToZero;
      const amount = fromZero ? suspect.count.times(scale) : ZERO;
      stretches.push({ from: base.t, to: suspect.t, amount, known: false });
      add(suspect, now, moved);
      [base, suspect] = [after(suspect, now), null];
    } else suspect = now;
  }
  return stretches;
}

export function gaugeStretches(
  { scale, maxGap, hold }: { scale: number; maxGap: number; hold: boolean },
  readings: readonly ExactReading[],
): Stretch[] {
  return readings.slice(1).flatMap((b, index): Stretch[] => {
    const a = readings[index]!;
    if (a.value === null || b.value === null || b.t - a.t > maxGap) return [];
    const rates = [a.value, hold ? a.value : b.value].map((rate) => Fraction.of(rate).times(Fraction.of(scale)));
    const [first, last] = rates as [Fraction, Fraction];
    const hours = Fraction.of(b.t - a.t).over(HOUR);
    const amount = first.plus(last).over(Fraction.of(2)).times(hours);
    return [{ from: a.t, to: b.t, amount, ramp: [first, last], known: true }];
  });
}

/** Pieces, each at the instant at which its identity appeared. */
export const pieceStretches = (pieces: readonly { t: number; amount: number }[]): Stretch[] =>
  pieces.map(({ t, amount }) => ({ from: t, to: t, amount: Fraction.of(amount), known: true }));

/** Tonnes: 0.3356 g/(A·h) × line current in A × cells × hours × efficiency. */
export const faraday = (amperes: number, cells: number, hours: number, efficiency = 1): Fraction =>
  [amperes, cells, hours, efficiency]
    .reduce((product, factor) => product.times(Fraction.of(factor)), Fraction.of(0.3356))
    .over(Fraction.of(1_000_000));

/** Metal from current: the integral of the current (kA) between two readings, in the cells at the first of them. */
export const metalStretches = (
  { maxGap, efficiency }: { maxGap: number; efficiency: number },
  readings: readonly (ExactReading & { readonly cells: number })[],
): Stretch[] =>
  readings.slice(1).flatMap((b, index) => {
    const a = readings[index]!;
    const perHour = faraday(1_000, a.cells, 1, efficiency);
    return gaugeStretches({ scale: 1, maxGap, hold: false }, [a, b]).map(({ ramp, ...stretch }) => ({
      ...stretch,
      amount: stretch.amount.times(perHour),
      ramp: [ramp![0].times(perHour), ramp![1].times(perHour)] as const,
    }));
  });

/** The part of a stretch that falls into [start, end). */
function partOf({ from, to, amount, ramp }: Stretch, start: number, end: number): Fraction {
  if (from === to) return from >= start && from < end ? amount : ZERO;
  const [a, b] = [Math.max(from, start), Math.min(to, end)];
  if (b <= a) return ZERO;
  const share = Fraction.of(b - a).over(Fraction.of(to - from));
  if (!ramp) return amount.times(share);
  const rateAt = (t: number): Fraction =>
    ramp[0].plus(
      ramp[1]
        .minus(ramp[0])
        .times(Fraction.of(t - from))
        .over(Fraction.of(to - from)),
    );
  const hours = Fraction.of(b - a).over(HOUR);
  return rateAt(a).plus(rateAt(b)).over(Fraction.of(2)).times(hours);
}

export const amountIn = (stretches: readonly Stretch[], start: number, end: number): Fraction =>
  sum(stretches.map((stretch) => partOf(stretch, start, end)));

/** Share of [start, end) of which the amount is known. */
export const knownIn = (stretches: readonly Stretch[], start: number, end: number): Fraction =>
  sum(
    stretches
      .filter(({ known }) => known)
      .map(({ from, to }) => Fraction.of(Math.max(0, Math.min(to, end) - Math.max(from, start)))),
  ).over(Fraction.of(end - start));
