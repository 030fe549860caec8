import type { MeterOptions } from '../rules/options.ts';
import { parseUnit, ratio, times, type Unit } from '../rules/units.ts';
import type { Place } from './address.ts';
import type { FilledDraft as Draft, FilledMetric as Metric, FilledTerm as Term } from './coefficients.ts';
import type { Complaint, Path } from './faults.ts';
import type { IndicatorTable } from './library.ts';
import { indicatorOf } from './references.ts';

/**
 * Whether the units fit together. Nothing is converted silently: what differs by a factor only is still a fault, and the
 * factor is named, so that a coefficient or scale says in the file what is done.
 */

/** A unit that cannot be read is null here; `unreadableUnits` complains of it, once. */
export function unitOf(text: string): Unit | null {
  try {
    return parseUnit(text);
  } catch {
    return null;
  }
}

/** Every unit in the file that cannot be read. */
export function* unreadableUnits(draft: Draft): Generator<Complaint> {
  const units: [Path, string | undefined][] = [
    ...draft.tags.map((tag, index): [Path, string | undefined] => [['tags', index, 'unit'], tag?.unit]),
    ...draft.meters.map((meter, index): [Path, string | undefined] => [['meters', index, 'unit'], meter?.unit]),
    ...draft.metrics.flatMap((metric, index) => unitsOfMetric(metric, index)),
  ];
  for (const [path, text] of units) {
    if (text === undefined) continue;
    try {
      parseUnit(text);
    } catch (cause) {
      yield { path, message: (cause as Error).message };
    }
  }
}

function unitsOfMetric(metric: Metric | undefined, index: number): [Path, string | undefined][] {
  if (!metric) return [];
  const terms = (['numerator', 'denominator'] as const).flatMap((role) =>
    metric[role].map((term, at): [Path, string | undefined] => [['metrics', index, role, at, 'unit'], term.unit]),
  );
  return [[['metrics', index, 'unit'], metric.unit], ...terms];
}

/** Whether each meter's amounts follow from its tag's unit; a scale in the file overrides (`hasScale` by position). */
export function* meterDimensions(
  draft: Draft,
  places: ReadonlyMap<string, Place>,
  hasScale: (meter: number) => boolean,
): Generator<Complaint> {
  for (const [index, meter] of draft.meters.entries()) {
    if (!meter) continue;
    if (meter.kind === 'faraday' && meter.unit !== 't')
      yield { path: ['meters', index, 'unit'], message: `a faraday meter counts in t, not in ${meter.unit}` };
    if (meter.kind === 'product' || meter.kind === 'idle') continue;
    const tag = meter.kind === 'event' ? meter.amountTag : meter.tag;
    const place = tag === undefined ? undefined : places.get(tag);
    if (tag === undefined || !place || hasScale(index)) continue;
    const message = scaleFault(meter, tag, place);
    if (message !== null) yield { path: ['meters', index, 'unit'], message };
  }
}

function scaleFault(meter: MeterOptions, tag: string, place: Place): string | null {
  if (meter.kind === 'faraday') {
    if (place.unit === 'kA' && place.scale === 1) return null;
    return `the current "${tag}" is not in kA: give the scale, in A for one unit of it`;
  }
  const of = meter.kind === 'gauge' ? `${place.unit}·h` : place.unit;
  const [from, to] = [unitOf(of), unitOf(meter.unit)];
  if (!from || !to) return null;
  const factor = ratio(from, to);
  if (factor === 1) return null;
  const both = `the tag "${tag}" gives ${of}, the meter is in ${meter.unit}`;
  return factor === null ? `${both}: give a scale` : `${both}: give a scale of ${factor * place.scale}`;
}

/** Whether numerator over denominator makes each metric's unit, and the limit's. */
export function* metricDimensions(draft: Draft, tables: ReadonlyMap<string, IndicatorTable>): Generator<Complaint> {
  const meterUnits = new Map(draft.meters.flatMap((meter) => (meter ? [[meter.id, meter.unit]] : [])));
  const table = draft.indicators === undefined ? undefined : tables.get(draft.indicators);
  for (const [index, metric] of draft.metrics.entries()) {
    if (!metric) continue;
    const path = ['metrics', index];
    const numerator = sumOf(metric.numerator, meterUnits);
    const denominator = sumOf(metric.denominator, meterUnits);
    yield* unequalTerms(numerator, [...path, 'numerator']);
    yield* unequalTerms(denominator, [...path, 'denominator']);
    const message = quotientFault(metric.unit, numerator[0] ?? null, denominator[0] ?? null);
    if (message !== null) yield { path: [...path, 'unit'], message };
    const indicator = indicatorOf(table, metric.limit?.indicator);
    if (indicator && indicator.unit !== metric.unit && !isSame(indicator.unit, metric.unit))
      yield {
        path: [...path, 'limit', 'indicator'],
        message: `"${indicator.id}" is in ${indicator.unit}, the metric in ${metric.unit}`,
      };
  }
}

const isSame = (a: string, b: string): boolean => {
  const [left, right] = [unitOf(a), unitOf(b)];
  return !left || !right || ratio(left, right) === 1;
};

export interface Addend {
  readonly text: string;
  readonly unit: Unit;
}

/** Each term's unit, the coefficient's included; null where the meter or the coefficient is unknown, or a unit unreadable. */
export function sumOf(terms: readonly Term[], meterUnits: ReadonlyMap<string, string>): (Addend | null)[] {
  return terms.map((term) => {
    const meter = meterUnits.get(term.meter);
    if (meter === undefined || term.coefficient === null) return null;
    const text = term.unit === undefined ? meter : `${meter}·${term.unit}`;
    const [own, coefficient] = [unitOf(meter), unitOf(term.unit ?? '1')];
    return own && coefficient ? { text, unit: times(own, coefficient) } : null;
  });
}

/** Amounts are added only in one unit. */
function* unequalTerms(terms: readonly (Addend | null)[], path: Path): Generator<Complaint> {
  const [first] = terms;
  for (const [index, term] of terms.entries()) {
    if (!first || !term) continue;
    const factor = ratio(term.unit, first.unit);
    if (factor === 1) continue;
    const both = `is in ${term.text}, the first in ${first.text}`;
    const hint = factor === null ? '' : `: give it a coefficient of ${factor} with unit ${first.text}/${term.text}`;
    yield { path: [...path, index], message: both + hint };
  }
}

function quotientFault(metricUnit: string, numerator: Addend | null, denominator: Addend | null): string | null {
  const target = unitOf(metricUnit);
  if (!target || !numerator || !denominator) return null;
  const factor = ratio(times(numerator.unit, denominator.unit, -1), target);
  if (factor === 1) return null;
  const both = `numerator ${numerator.text} over denominator ${denominator.text} is not the metric's ${metricUnit}`;
  if (factor === null) return both;
  const missing = target.dimensions.size === 0 ? metricUnit : wanted(metricUnit, numerator.text, denominator.text);
  return `${both}: give the numerator a coefficient of ${factor}${missing && ` with unit ${missing}`}`;
}

/** MWh/t from kWh over t wants MWh/kWh. */
function wanted(metricUnit: string, numerator: string, denominator: string): string {
  const over = `/${denominator}`;
  return metricUnit.endsWith(over) ? `${metricUnit.slice(0, -over.length)}/${numerator}` : '';
}
