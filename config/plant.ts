import type { z } from 'zod';
import type { Point } from '../drivers/driver.ts';
import type { Derivation } from '../rules/derived.ts';
import type { Calendar, CalendarKind } from '../rules/interval.ts';
import type { Name } from '../rules/options.ts';
import type { LimitSpec, MeterSpec, MetricSpec } from '../rules/plan.ts';
import type { Ms } from '../rules/sample.ts';
import type { Platform } from './platforms.ts';
import type { Retention } from './retention.ts';
import type { Endpoint, Line, PlantFile, Tag } from './schema.ts';

/** What a plant's file comes to: plain data with every default filled in and every name resolved. */
export interface PlantConfig {
  readonly agent: string;
  readonly plant: {
    readonly path: string;
    readonly calendar: Calendar;
    readonly windows: readonly CalendarKind[];
    readonly graceMs: Ms;
    readonly reviseWithinMs: Ms;
    readonly allowedSkewMs: Ms;
  };
  readonly http: PlantFile['http'];
  /** What is kept: ages in plant time, milliseconds; bytes of records. */
  readonly store: Retention;
  /** Only against a simulated plant. */
  readonly clock?: { readonly speed: number; readonly from: Ms; readonly at: Ms };
  /** `equipment` is the full path. */
  readonly lines: readonly Omit<Line, 'meters'>[];
  readonly endpoints: readonly EndpointConfig[];
  readonly tags: readonly TagConfig[];
  readonly meters: readonly MeterSpec[];
  readonly metrics: readonly MetricConfig[];
  /** File names in them are absolute. */
  readonly platforms: readonly Platform[];
  /** `sha256:…` of all that decides a figure: not where it is shown, nor how fast a simulated plant runs. */
  readonly fingerprint: string;
  readonly sourceFile: string;
}

/** `options` and the points' addresses have passed the protocol's own schemas; file names in them are absolute. */
export interface EndpointConfig {
  readonly id: string;
  readonly protocol: Endpoint['protocol'];
  readonly options: unknown;
  readonly points: readonly Point<unknown>[];
}

export interface TagConfig {
  readonly id: string;
  readonly name?: z.infer<typeof Name>;
  readonly endpoint: string;
  /** One count of the tag is `scale` of this unit. */
  readonly unit: string;
  readonly scale: number;
  readonly range?: readonly [number, number];
  readonly period: Ms;
  /** What the agent counts of its own reading, of an endpoint or of all. */
  readonly acquired?: NonNullable<Tag['acquired']>;
  /** How it is computed, where it is not read; what it is made of, as the file has it, stands beside it. */
  readonly derivation?: Derivation;
  readonly expression?: string;
  /** The tags that the expression's names stand for. */
  readonly inputs?: Readonly<Record<string, string>>;
}

export interface MetricConfig extends MetricSpec {
  readonly name?: z.infer<typeof Name>;
  readonly line?: string;
  readonly numerator: TermConfig[];
  readonly denominator: TermConfig[];
  readonly limit: LimitConfig | null;
}

/** `basis` is null for a number of the plant's own. */
export type TermConfig = MetricSpec['numerator'][number] & { readonly basis: Basis | null };

/** Where a coefficient comes from: part of the fingerprint, since a figure rests on it. */
export interface Basis {
  readonly table: string;
  readonly name: string;
  readonly title: string;
  readonly edition: string;
  /** As the table has it; the term's own number is in the unit that the term asked for, and signed. */
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly year?: number;
  readonly boundary?: string;
  /** The measured calorific value that took the place of the table's. */
  readonly lowerHeatingValue?: string;
}

/** `quote` is the indicator's own wording, null for the plant's own target. */
export interface LimitConfig extends LimitSpec {
  readonly unit: string;
  readonly quote: string | null;
}
