import type { Derivation } from './derived.ts';
import type { Basis, Op } from './evaluation.ts';
import { type Feeds, feedsOf, TagNames } from './feeds.ts';
import { type Calendar, type CalendarKind, WINDOW_KINDS, type WindowKind, Windows } from './interval.ts';
import { MOST_TURNS } from './lane/page.ts';
import { type Lane, laneOf, shared } from './lane/spec.ts';
import type { MeterOptions, MetricOptions } from './options.ts';
import { aluminiumIn, plausibleRange } from './plausible.ts';
import { type Product, productsOf, togetherWith, withOrigins } from './product/plan.ts';
import type { Ms } from './sample.ts';

/** What the configuration comes to, as the engine needs it: plain data, made once. */

export interface TagSpec {
  readonly id: string;
  /** Physical range; a value outside is bad. */
  readonly range?: readonly [number, number] | undefined;
  /** How it is computed, where it is not read. */
  readonly derivation?: Derivation | undefined;
}

export type MeterSpec = MeterOptions & {
  readonly equipment: string;
  readonly maxGap: Ms;
  /** Longest poll period of its tags. */
  readonly periodMs: Ms;
  /** Of a product meter, from the meter that weighs its pieces: the tag that names them, and whether that counts up. */
  readonly identity?: string;
  readonly sequence?: boolean;
};

export interface LimitSpec {
  readonly indicator: string | null;
  readonly op: Op;
  readonly bound: number;
  readonly deadband: number;
  /** How long figures must be beyond the bound before it is an excursion. */
  readonly onDelay: Ms;
}

/** What energy is to be expected: so much an hour whatever happens, and so much for each unit of the denominator. */
export interface BaselineSpec {
  /** The numerator's. */
  readonly unit: string;
  /** `unit` per hour. */
  readonly base: number;
  /** `unit` per unit of the denominator. */
  readonly slope: number;
  /** The windows over which differences are summed up. */
  readonly cumulate: WindowKind;
}

/** An amount in a metric, and where its coefficient comes from. */
export type TermSpec = MetricOptions['numerator'][number] & { readonly basis?: Basis | null | undefined };

export interface MetricSpec extends Pick<MetricOptions, 'id' | 'unit'> {
  readonly numerator: readonly TermSpec[];
  readonly denominator: readonly TermSpec[];
  readonly equipment: string;
  readonly minDenominator: number;
  readonly minKnown: number;
  readonly plausible?: readonly [number, number] | undefined;
  readonly limit: LimitSpec | null;
  readonly baseline: BaselineSpec | null;
  readonly windows: readonly WindowKind[];
}

/** Meters that share metrics close their windows together; one dead device delays no other group. */
export interface Group {
  readonly meters: readonly number[];
  readonly metrics: readonly MetricSpec[];
  /** How long after its end (and grace) a window waits for inputs that have not passed it: the slowest poll period. */
  readonly wait: Ms;
  /** Those of the meters whose estimate is settled by what another one weighs. */
  readonly settling: readonly number[];
  readonly products: readonly Product[];
}

export interface PlanInput {
  readonly calendar: Calendar;
  /** Kinds of window that amounts are kept for; from short to long in a Plan. */
  readonly windows: readonly CalendarKind[];
  readonly grace: Ms;
  readonly reviseWithin: Ms;
  /** Largest lead of a device's clock over the agent's before its timestamps are not believed. */
  readonly allowedSkew: Ms;
  readonly tags: readonly TagSpec[];
  readonly meters: readonly MeterSpec[];
  readonly metrics: readonly MetricSpec[];
}

export interface Plan extends PlanInput {
  readonly feeds: Feeds;
  readonly tagNames: TagNames;
  readonly meterIndex: ReadonlyMap<string, number>;
  readonly metricById: ReadonlyMap<string, MetricSpec>;
  readonly calendarWindows: Windows;
  /** What plain readings of each meter are measured by. */
  readonly lanes: readonly Lane[];
  /** Readings of one meter that have room at a time in the fast lane, a power of two. */
  readonly depth: number;
  readonly groups: readonly Group[];
  /** The group of each meter. */
  readonly groupOf: readonly number[];
  /** The meters whose amounts are divided among pieces. */
  readonly isDivided: ReadonlySet<number>;
}

/** The tags a meter reads; the position is the `input` of a reading. Helpers come after the meter's own tag. */
export function inputsOf(meter: MeterOptions & Pick<MeterSpec, 'identity'>): readonly (string | null)[] {
  switch (meter.kind) {
    case 'counter':
      return meter.frozen ? [meter.tag, meter.frozen.proof] : [meter.tag];
    case 'gauge':
      return [meter.tag];
    case 'event':
      return [meter.tag ?? null, meter.amountTag ?? null];
    case 'faraday':
      return [meter.tag, typeof meter.cells === 'string' ? meter.cells : null, meter.settle?.inventory ?? null];
    case 'product':
      return [
        ...(meter.inLine ? [meter.inLine] : meter.starts ? [meter.starts, meter.ends ?? null] : []),
        meter.identity ?? null,
      ];
    case 'idle':
      return [];
  }
}

/** Whether a meter reads an input as a name, or for its changes, and not as a number. */
export const takesText = (meter: MeterOptions, input: number): boolean => {
  switch (meter.kind) {
    case 'event':
      return input === 0;
    case 'product':
      return true;
    case 'counter':
      return input === 1 && meter.frozen?.above === undefined;
    default:
      return false;
  }
};

export function makePlan(given: PlanInput): Plan {
  const input = { ...given, meters: withOrigins(given.meters) };
  const periods = input.meters.flatMap((meter) =>
    meter.kind === 'faraday' && meter.settle ? [meter.settle.period] : [],
  );
  const wanted = new Set([...input.windows, ...input.metrics.flatMap((metric) => metric.windows), ...periods]);
  const meterIndex = new Map(input.meters.map((meter, index) => [meter.id, index]));
  const aluminium = aluminiumIn(input.meters);
  const metrics = input.metrics.map((metric) => ({
    ...metric,
    numerator: metric.numerator.map(namedTerm),
    denominator: metric.denominator.map(namedTerm),
    plausible: metric.plausible ?? plausibleRange(metric, aluminium),
  }));
  const products = productsOf(input.meters, metrics, meterIndex);
  const groups = groupsOf({ ...input, metrics }, meterIndex, products);
  const groupOf: number[] = [];
  groups.forEach((group, index) => {
    for (const meter of group.meters) groupOf[meter] = index;
  });
  const isDivided = new Set(products.flatMap(({ parts }) => parts.map(({ meter }) => meter)));
  // Settlements and windows of pieces look at every reading of a scale.
  const isAlone = ({ kind }: MeterSpec, index: number): boolean => {
    const group = groups[groupOf[index]!]!;
    const isWatched = kind === 'event' && group.settling.length + group.products.length > 0;
    return !isWatched && !isDivided.has(index);
  };
  return {
    ...input,
    metrics,
    windows: WINDOW_KINDS.filter((kind) => wanted.has(kind)),
    feeds: feedsOf(input),
    tagNames: new TagNames(input.tags.map(({ id }) => id)),
    calendarWindows: new Windows(input.calendar),
    depth: depthOf(input),
    meterIndex,
    metricById: new Map(metrics.map((metric) => [metric.id, metric])),
    groups,
    groupOf,
    lanes: shared(input.meters.map((meter, index) => laneOf(meter, isAlone(meter, index)))),
    isDivided,
  };
}

/** Of a coefficient's source no more goes with the figures than its name, and what a CO2 figure turns on. */
function namedTerm({ basis, ...term }: TermSpec): TermSpec {
  if (!basis) return term;
  const { table, name, edition, boundary, year } = basis;
  const more = { ...(boundary !== undefined && { boundary }), ...(year !== undefined && { year }) };
  return { ...term, basis: { table, name, edition, ...more } };
}

/** Room for twice the readings of `grace`, so that they are taken several at once; a meter read so often that they are more does without the fast lane. */
function depthOf({ grace, meters }: PlanInput): number {
  const waiting = grace / Math.min(...meters.map(({ periodMs }) => periodMs)) + 3;
  return 2 ** Math.ceil(Math.log2(Math.min(MOST_TURNS, Math.max(2 * waiting, 4))));
}

/** Most groups have none of something: one list of nothing for all of them is quickly looked at. */
const NONE: readonly never[] = [];
const orNone = <T>(list: readonly T[]): readonly T[] => (list.length > 0 ? list : NONE);

/** Joins meters that a metric, or a settlement, looks at together. */
function groupsOf({ meters, metrics }: PlanInput, index: Plan['meterIndex'], products: readonly Product[]): Group[] {
  const leader = meters.map((_, position) => position);
  const leaderOf = (position: number): number => {
    while (leader[position] !== position) position = leader[position]!;
    return position;
  };
  const join = (ids: readonly string[]): void => {
    const leaders = ids.map((id) => leaderOf(index.get(id)!));
    const first = Math.min(...leaders);
    for (const position of leaders) leader[position] = first;
  };
  for (const metric of metrics) join([...metric.numerator, ...metric.denominator].map((term) => term.meter));
  for (const meter of meters) if (meter.kind === 'faraday' && meter.settle) join([meter.id, meter.settle.tapped]);
  for (const meter of meters) if (meter.kind === 'product') join(togetherWith(meter, meters, metrics));
  const members = Map.groupBy(
    meters.map((_, position) => position),
    leaderOf,
  );
  const metricsOf = Map.groupBy(metrics, (metric) => leaderOf(index.get(metric.numerator[0]!.meter)!));
  return [...members].map(([of, group]) => ({
    meters: group,
    metrics: metricsOf.get(of) ?? NONE,
    wait: Math.max(...group.map((position) => meters[position]!.periodMs)),
    settling: orNone(
      group.filter((position) => {
        const meter = meters[position]!;
        return meter.kind === 'faraday' && meter.settle;
      }),
    ),
    products: orNone(products.filter(({ meter }) => group.includes(meter))),
  }));
}
