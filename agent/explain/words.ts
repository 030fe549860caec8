import type { Flag, LimitState, Op, Reason, Working } from '../../rules/evaluation.ts';
import type { WindowKind } from '../../rules/interval.ts';
import type { MeterSpec } from '../../rules/plan.ts';
import type { StatusCode } from '../../rules/sample.ts';

/** Metal by current and efficiency; `theoretical` at full efficiency. */
export interface FaradayWords {
  readonly current: string;
  readonly cells: string;
  readonly time: string;
  readonly constant: string;
  readonly theoretical: string;
  readonly efficiency: string;
  readonly basis: Extract<Working, { kind: 'faraday' }>['basis'];
}

/** Everything that is said about a figure, in one language. Arguments are ready-made texts. */
export interface Words {
  readonly window: Readonly<Record<WindowKind, string>>;
  readonly kind: Readonly<Record<MeterSpec['kind'], string>>;
  readonly status: Readonly<Record<StatusCode, string>>;
  readonly flag: Readonly<Record<Flag, string>>;
  /** A replacement that was declared. */
  readonly exchanged: string;
  readonly state: Readonly<Record<LimitState, string>>;
  /** What follows a colon or parts a list. */
  readonly colon: string;
  readonly comma: string;
  span(from: string, to: string, zone: string, length: string): string;
  productionDay(date: string): string;
  running(upTo: string): string;
  revision(number: number): string;
  reason(reason: Reason, more: { minimum: string; known: string; needed: string; from: string; to: string }): string;
  readonly noFigure: string;
  uncertainty(amount: string, share: string): string;
  readonly numerator: string;
  readonly denominator: string;
  readonly amount: string;
  readonly result: string;
  readonly notDivided: string;
  readonly nothingKnown: string;
  readonly allMeasured: string;
  coverage(measured: string, estimated: string | null, unknown: string | null): string;
  /** How long of it; null: all of it. */
  doubtful(time: string | null): string;
  doubtfulPieces(count: number): string;
  readings(used: number, bad: number, glitches: number): string;
  readonly border: Readonly<Record<'start' | 'end', string>>;
  read(value: string): string;
  reading(at: string, value: string): string;
  /** `value`: what lies on the straight line; null where the register did not simply go on. */
  between(value: string | null, before: string, after: string): string;
  readonly notReached: string;
  count(counts: string, scale: string, amount: string): string;
  rate(mean: string, least: string, most: string): string;
  pieces(count: number): string;
  faraday(metal: FaradayWords): string;
  meterClass(share: string): string;
  coefficient(value: string, origin: string | null, amount: string): string;
  readonly limit: string;
  bound(op: Op, bound: string): string;
  readonly ownTarget: string;
  readonly annual: string;
  margin(distance: string, share: string, isInside: boolean): string;
  readonly stale: string;
  readonly marginal: string;
  deadband(width: string): string;
  readonly baseline: string;
  readonly compared: Readonly<Record<'expected' | 'actual' | 'difference' | 'cumulative', string>>;
  readonly happened: string;
  readonly more: string;
  event(event: string): string;
  /** A sentence of a record, which is in English. */
  sentence(sentence: string): string;
  readonly entered: string;
  readonly nobody: string;
  /** `scale`: of the new meter, where it is another one. */
  swapped(removedAt: string, last: string, installedAt: string, first: string, scale: string | null): string;
  pieceEntered(piece: string, amount: string, at: string): string;
  corrected(piece: string, amount: string): string;
  inCells(amount: string, at: string): string;
  cellsTold(cells: string, at: string): string;
  factorOf(year: number): string;
  refused(why: string): string;
  inRevision(number: number, changes: string): string;
  readonly revisions: string;
  became(what: string, before: string, after: string): string;
  config(fingerprint: string, isPresent: boolean): string;
}
