import type { Window } from './interval.ts';
import type { Ms, StatusCode } from './sample.ts';

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
  'frozen',
  'manual',
  'redefined',
] as const;
export type Flag = (typeof FLAGS)[number];

/** A reading as the device gave it: counts, or a rate. A whole count beyond 2^53 is text, so that JSON loses no digit. */
export interface Mark<At = Ms> {
  readonly at: At;
  readonly value: number | string;
}

/**
 * The readings on either side of a window's border. Read at the border: `before.at` is the border itself. Otherwise what
 * counts there lies on the straight line between the two; where one is null, the window is not known up to its border.
 */
export interface Border<At = Ms> {
  readonly before: Mark<At> | null;
  readonly after: Mark<At> | null;
}

interface WorkingOfAny {
  /** Usable readings inside the window that went into the amount, and bad ones that did not. */
  readonly readings: number;
  readonly bad: number;
  /** Milliseconds of the window of which nothing is known, and of which only the split of a measured total is estimated. */
  readonly unknown: Ms;
  readonly estimated: Ms;
  /** Milliseconds of the window that rest on uncertain readings; what is in doubt twice counts twice. */
  readonly uncertain?: Ms | undefined;
  /** Something came, or was settled, after the window had closed. */
  readonly revised: boolean;
}

/** How an amount was formed: what a person needs to work it out again. What happened on the way is in the amount's flags. */
export type Working<At = Ms> = WorkingOfAny &
  (
    | {
        readonly kind: 'counter';
        readonly start: Border<At>;
        readonly end: Border<At>;
        /** Unit per count, since the last exchange of the meter that was declared. */
        readonly scale: number;
        /** Readings rejected as momentary errors. */
        readonly glitches: number;
      }
    | {
        readonly kind: 'gauge';
        readonly start: Border<At>;
        readonly end: Border<At>;
        /** Unit per hour for one unit of the tag. */
        readonly scale: number;
        /** Of the rate over the known time, in the tag's unit; null where nothing is known. */
        readonly mean: number | null;
        readonly least: number | null;
        readonly most: number | null;
      }
    | {
        readonly kind: 'event';
        readonly pieces: number;
        /** Pieces whose weight or identity is uncertain. */
        readonly uncertainPieces?: number | undefined;
      }
    /** Time with a piece in the line; and what its source counted without one. */
    | { readonly kind: 'product' }
    | { readonly kind: 'idle' }
    | {
        readonly kind: 'faraday';
        /** Over the known time: line current in the tag's unit, cells in operation, current efficiency 0..1 that was used. */
        readonly current: number | null;
        readonly cells: number | null;
        readonly efficiency: number | null;
        /** Electrochemical equivalent, g/(A·h); not in figures of before it was told. */
        readonly constant?: number | undefined;
        /** Metal by current and efficiency, or the metal really produced. */
        readonly basis: 'estimate' | 'settled';
      }
  );

/** The table, row and edition that a coefficient is from; of a CO2 factor also what it takes in, and of which year it is. */
export interface Basis {
  readonly table: string;
  readonly name: string;
  readonly edition: string;
  readonly boundary?: string | undefined;
  /** None where its source states none. */
  readonly year?: number | undefined;
}

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
  /** The meter's accuracy class: limits of ± so many % of the value; none where the meter states none. */
  readonly class?: number | undefined;
  /** Where the coefficient comes from; none for a number of the plant's own. */
  readonly basis?: Basis | undefined;
  readonly working?: Working | undefined;
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
  /** How long the figures up to this one have been beyond the bound without a break: against `onDelay`. */
  readonly beyondMs: Ms;
  /** The bound is annual, the window shorter. */
  readonly indicative: boolean;
  /** The value is closer to the bound than its uncertainty: measured again, it might be on the other side. */
  readonly marginal?: true | undefined;
}

/**
 * What the numerator came to against what was to be expected of it (ISO 50006): base load × hours + slope × denominator.
 * Null where the figure is bad: incomplete, or implausible.
 */
export interface Comparison {
  /** The numerator's. */
  readonly unit: string;
  readonly base: number;
  readonly slope: number;
  readonly actual: number | null;
  readonly expected: number | null;
  /** actual − expected. */
  readonly difference: number | null;
  /** Sum of the differences since the baseline was set; null in windows of another kind than it is kept for. */
  readonly cumulative: number | null;
}

/** A metric (or a meter's own amount) over a window, with its working. `value` is null only with a `reason`. */
export interface Evaluation {
  readonly metric: string;
  readonly equipment: string;
  readonly window: Window;
  readonly revision: number;
  readonly value: number | null;
  readonly unit: string;
  /** Expanded (k = 2), in `unit`; only where every meter in the figure states its class. */
  readonly uncertainty?: number | undefined;
  readonly statusCode: StatusCode;
  readonly reason: Reason | null;
  readonly coverage: Coverage;
  readonly amounts: readonly Amount[];
  readonly limit: Verdict | null;
  readonly baseline: Comparison | null;
}
