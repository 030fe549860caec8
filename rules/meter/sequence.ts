import type { RawValue } from '../sample.ts';
import { minus } from './count.ts';

/** How an identity follows the one before. Only a sequence register says whether pieces were missed. */
export type Follows =
  | 'next'
  /** Pieces were missed. */
  | 'gap'
  /** The register began anew; pieces may have been missed. */
  | 'restart'
  /** The register shows 0: no piece came with that, and it may be a momentary error. */
  | 'cleared'
  /** A piece that was counted is shown again. */
  | 'again'
  /** The one before was a momentary error: this continues the one before it. */
  | 'corrected';

export const sameId = (a: RawValue | null, b: RawValue | null): boolean =>
  a !== null && b !== null && String(a) === String(b);

/** An identity field that stands empty: no piece is there. */
export const isBlank = (id: RawValue): boolean => typeof id === 'string' && id.trim() === '';

/** b − a as numbers; null when they are names. */
export function stepOf(a: RawValue, b: RawValue): number | null {
  if (isBlank(a) || isBlank(b)) return null;
  const step = typeof a === 'string' || typeof b === 'string' ? Number(b) - Number(a) : Number(minus(b, a));
  return Number.isFinite(step) ? step : null;
}

/** Where counters of so many bits or decimals roll over, to 0 or to 1. */
const LAST = new Set([255, 999, 9_999, 32_767, 65_535, 99_999, 999_999, 9_999_999, 2 ** 31 - 1, 2 ** 32 - 1]);
const rollsOver = (a: RawValue, b: RawValue): boolean => LAST.has(Number(a)) && (Number(b) === 0 || Number(b) === 1);

/** `recent`: the identities seen, oldest first, the present one last. `odd`: the present one did not follow by one. */
export function followsAs(next: RawValue, recent: readonly RawValue[], odd: boolean, sequence: boolean): Follows {
  const [before, last] = [recent.at(-2), recent.at(-1)!];
  const step = stepOf(last, next);
  if (!sequence || step === null) return recent.some((id) => sameId(id, next)) ? 'again' : 'next';
  if (odd && before !== undefined) {
    if (sameId(before, next)) return 'again';
    if (stepOf(before, next) === 1 && step !== 1) return 'corrected';
    if (Number(last) === 0) return 'restart';
  }
  if (step === 1 || rollsOver(last, next)) return 'next';
  if (step > 1) return 'gap';
  return Number(next) === 0 ? 'cleared' : 'restart';
}
