import type { z } from 'zod';
import type { Basis } from '../../config/plant.ts';
import type { Evaluation, Role } from '../../rules/evaluation.ts';
import type { Name } from '../../rules/options.ts';
import type { MeterSpec } from '../../rules/plan.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Span } from '../../rules/state.ts';
import type { EntryBody } from '../stream/protocol.ts';

/** All that is told of a figure; how it is said is in render.ts and words.ts. */
export interface Explanation {
  readonly name: z.infer<typeof Name> | null;
  readonly timeZone: string;
  /** Of a shift: the local date on which the production day starts to which it belongs; null for any other window. */
  readonly productionDay: string | null;
  /** The latest revision. */
  readonly figure: Evaluation;
  /** Up to when a window is filled that is still running; null for a closed one. */
  readonly upTo: Ms | null;
  /** Of the amounts whose meters are still configured. */
  readonly terms: readonly Term[];
  readonly limit: { readonly quote: string | null; readonly deadband: number } | null;
  readonly minKnown: number | null;
  readonly minDenominator: number | null;
  readonly plausible: readonly [number, number] | null;
  /** Every revision, oldest first; empty for a running window. */
  readonly revisions: readonly Revision[];
  readonly happened: readonly Happening[];
  /** More happened than is told. */
  readonly hasMore: boolean;
  /** What operators entered about its time, oldest first. */
  readonly entered: readonly Entered[];
  readonly hasMoreEntered: boolean;
  /** Fingerprint of the configuration with which the figure was made, and of the present one. */
  readonly config: string;
  readonly presentConfig: string;
}

export interface Term {
  readonly meter: MeterSpec;
  readonly role: Role;
  /** Of the tag that the meter reads; null where operators enter its pieces. */
  readonly tagUnit: string | null;
  /** Of the tag's unit for one count, where its readings stand in counts. */
  readonly tagScale: number;
  /** The coefficient's unit and origin; null for a number of the plant's own, or none. */
  readonly coefficientUnit: string | null;
  readonly basis: Basis | null;
}

/** An operator's entry; `unit` is its meter's. */
export interface Entered {
  readonly at: Ms;
  readonly unit: string;
  readonly body: Omit<z.infer<typeof EntryBody>, 'about'> & { readonly about: Span | null };
}

export interface Revision {
  readonly at: Ms;
  readonly figure: Evaluation;
}

/** Something a meter did that its figures cannot show. */
export interface Happening {
  readonly at: Ms;
  readonly meter: string;
  readonly event: string;
  readonly detail: string;
}
