import type { Window } from './interval.ts';
import type { StatusCode } from './sample.ts';

/** Shares 0..1 of a window: amount known at all, and amount measured (not the estimated split of a measured total). */
export interface Coverage {
  readonly known: number;
  readonly measured: number;
}

export type Role = 'numerator' | 'denominator';

/** What happened to an amount on its way; each is shown with the figure. */
export const FLAGS = [
  'rollover',
  'glitch',
  'reset',
  'replacement',
  'estimated',
  'missed-pieces',
  'estimate',
  'settled',
  'low-resolution',
  'late',
  'clock-skew',
] as const;
export type Flag = (typeof FLAGS)[number];

/** One meter's share in a figure. */
export interface Amount {
  readonly meter: string;
  readonly role: Role;
  readonly value: number;
  readonly unit: string;
  readonly coefficient: number;
  readonly statusCode: StatusCode;
  readonly coverage: Coverage;
  readonly flags: readonly Flag[];
}

export type Reason = 'no-production' | 'incomplete' | 'implausible';
export type LimitState = 'normal' | 'warning' | 'excursion' | 'returned';
export type Op = '<=' | '>=';

/** How the figure stands to its bound; `indicator` names a row of the plan, null where the plant set its own target. */
export interface Verdict {
  readonly indicator: string | null;
  readonly op: Op;
  readonly bound: number;
  readonly state: LimitState;
  /** The value is null or bad: `state` is the one before. */
  readonly stale: boolean;
  /** The bound is annual, the window shorter. */
  readonly indicative: boolean;
}

/** A metric (or a meter's own amount) over a window, with its working. `value` is null only with a `reason`. */
export interface Evaluation {
  readonly metric: string;
  readonly equipment: string;
  readonly window: Window;
  readonly revision: number;
  readonly value: number | null;
  readonly unit: string;
  readonly statusCode: StatusCode;
  readonly reason: Reason | null;
  readonly coverage: Coverage;
  readonly amounts: readonly Amount[];
  readonly limit: Verdict | null;
}
