import type { Derivation } from './derived.ts';
import type { Op } from './evaluation.ts';
import { type Calendar, WINDOW_KINDS, type WindowKind } from './interval.ts';
import type { MeterOptions, MetricOptions } from './options.ts';
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
};

export interface LimitSpec {
  readonly indicator: string | null;
  readonly op: Op;
  readonly bound: number;
  readonly deadband: number;
}

export interface MetricSpec extends Pick<MetricOptions, 'id' | 'unit' | 'numerator' | 'denominator'> {
  readonly equipment: string;
  readonly minDenominator: number;
  readonly minKnown: number;
  readonly plausible?: readonly [number, number] | undefined;
  readonly limit: LimitSpec | null;
  readonly windows: readonly WindowKind[];
}

/** Meters that share metrics close their windows together; one dead device delays no other group. */
export interface Group {
  readonly meters: readonly number[];
  readonly metrics: readonly MetricSpec[];
  /** How long after its end (and grace) a window waits for inputs that have not passed it: the slowest poll period. */
  readonly wait: Ms;
}

export interface PlanInput {
  readonly calendar: Calendar;
  /** Kinds of window that amounts are kept for; from short to long in a Plan. */
  readonly windows: readonly WindowKind[];
  readonly grace: Ms;
  readonly reviseWithin: Ms;
  readonly tags: readonly TagSpec[];
  readonly meters: readonly MeterSpec[];
  readonly metrics: readonly MetricSpec[];
}

export interface Plan extends PlanInput {
  /** For each tag, the meters it feeds and as which input. */
  readonly routes: ReadonlyMap<string, readonly { readonly meter: number; readonly input: number }[]>;
  readonly tagIndex: ReadonlyMap<string, number>;
  /** For each tag, the derived tags it goes into, by position, and as which input. */
  readonly derivedFrom: ReadonlyMap<string, readonly { readonly tag: number; readonly input: number }[]>;
  readonly groups: readonly Group[];
  /** The group of each meter. */
  readonly groupOf: readonly number[];
}

/** Largest lead of a device's clock over the agent's before its timestamps are not believed. */
export const ALLOWED_SKEW: Ms = 5_000;

/** The tags a meter reads; the position is the `input` of a reading. Helpers come after the meter's own tag. */
export function inputsOf(meter: MeterOptions): readonly (string | null)[] {
  switch (meter.kind) {
    case 'counter':
    case 'gauge':
      return [meter.tag];
    case 'event':
      return [meter.tag, meter.amountTag];
    case 'faraday':
      return [meter.tag, typeof meter.cells === 'string' ? meter.cells : null, meter.settle?.inventory ?? null];
  }
}

export function makePlan(input: PlanInput): Plan {
  const wanted = new Set([...input.windows, ...input.metrics.flatMap((metric) => metric.windows)]);
  const windows = WINDOW_KINDS.filter((kind) => wanted.has(kind));
  const routes = new Map<string, { meter: number; input: number }[]>();
  input.meters.forEach((meter, index) => {
    inputsOf(meter).forEach((tag, position) => {
      if (tag !== null) routes.set(tag, [...(routes.get(tag) ?? []), { meter: index, input: position }]);
    });
  });
  const derivedFrom = new Map<string, { tag: number; input: number }[]>();
  input.tags.forEach(({ derivation }, tag) => {
    derivation?.inputs.forEach((name, position) => {
      derivedFrom.set(name, [...(derivedFrom.get(name) ?? []), { tag, input: position }]);
    });
  });
  const groups = groupsOf(input);
  const groupOf = input.meters.map((_, meter) => groups.findIndex((group) => group.meters.includes(meter)));
  return {
    ...input,
    windows,
    routes,
    tagIndex: new Map(input.tags.map((tag, index) => [tag.id, index])),
    derivedFrom,
    groups,
    groupOf,
  };
}

/** Joins meters that a metric, or a settlement, looks at together. */
function groupsOf({ meters, metrics }: PlanInput): Group[] {
  const index = new Map(meters.map((meter, position) => [meter.id, position]));
  const leader = meters.map((_, position) => position);
  const join = (ids: readonly string[]): void => {
    const members = ids.map((id) => leader[index.get(id)!]!);
    const first = Math.min(...members);
    leader.forEach((of, position) => {
      if (members.includes(of)) leader[position] = first;
    });
  };
  for (const metric of metrics) join([...metric.numerator, ...metric.denominator].map((term) => term.meter));
  for (const meter of meters) if (meter.kind === 'faraday' && meter.settle) join([meter.id, meter.settle.tapped]);
  return [...new Set(leader)].map((of) => {
    const members = meters.flatMap((_, position) => (leader[position] === of ? [position] : []));
    return {
      meters: members,
      metrics: metrics.filter((metric) => leader[index.get(metric.numerator[0]!.meter)!] === of),
      wait: Math.max(...members.map((position) => meters[position]!.periodMs)),
    };
  });
}
