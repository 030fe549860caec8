import { WINDOW_KINDS, type WindowKind } from '../rules/interval.ts';
import type { BaselineSpec } from '../rules/plan.ts';
import { parseUnit, ratio } from '../rules/units.ts';
import type { FilledDraft as Draft, FilledMetric } from './coefficients.ts';
import { sumOf, unitOf } from './dimensions.ts';
import type { Complaint, Path } from './faults.ts';
import type { PlantFile } from './schema.ts';

/** Energy baselines (ISO 50006), as the file has them and as rules know them. */

type Baseline = NonNullable<FilledMetric['baseline']>;
type Loads = Exclude<Baseline, number>;

/** A number is the figure itself: so much for each unit of the denominator. */
const loadsOf = (baseline: Baseline, unit: string): Loads =>
  typeof baseline === 'number' ? { slope: { value: baseline, unit } } : baseline;

/** The file is known to be without faults; null for a metric without a baseline. */
export function baselineOf(
  { baseline, unit, denominator }: FilledMetric,
  meters: PlantFile['meters'],
  windows: readonly WindowKind[],
): BaselineSpec | null {
  if (baseline === undefined) return null;
  const { base, slope, cumulate } = loadsOf(baseline, unit);
  const over = meters.find(({ id }) => id === denominator[0]!.meter)!.unit;
  return {
    unit: unit.endsWith(`/${over}`) ? unit.slice(0, -over.length - 1) : `${unit}·${over}`,
    base: base?.value ?? 0,
    slope: slope?.value ?? 0,
    cumulate: cumulate ?? (windows.includes('day') ? 'day' : longestOf(windows)),
  };
}

const longestOf = (windows: readonly WindowKind[]): WindowKind =>
  WINDOW_KINDS.findLast((kind) => windows.includes(kind))!;

/** Loads whose units are not the metric's, baselines without any load, and sums over windows that the metric does not have. */
export function* baselineFaults(draft: Draft): Generator<Complaint> {
  const meterUnits = new Map(draft.meters.flatMap((meter) => (meter ? [[meter.id, meter.unit]] : [])));
  for (const [index, metric] of draft.metrics.entries()) {
    if (!metric || typeof metric.baseline !== 'object') continue;
    const { base, slope, cumulate } = metric.baseline;
    const path = ['metrics', index, 'baseline'];
    if (!base && !slope) yield { path, message: 'needs a base, a slope, or both' };
    if (base) yield* baseFault(base.unit, metric, meterUnits, [...path, 'base', 'unit']);
    if (slope) yield* loadFault(slope.unit, metric.unit, [...path, 'slope', 'unit']);
    const windows = metric.windows ?? draft.plant?.windows ?? WINDOW_KINDS;
    if (cumulate && !windows.includes(cumulate))
      yield { path: [...path, 'cumulate'], message: `the metric is not formed by ${cumulate}: ${windows.join(', ')}` };
  }
}

function* baseFault(
  unit: string,
  { numerator }: FilledMetric,
  meterUnits: ReadonlyMap<string, string>,
  path: Path,
): Generator<Complaint> {
  const [first] = sumOf(numerator, meterUnits);
  if (first) yield* loadFault(unit, `(${first.text})/h`, path);
}

function* loadFault(unit: string, wanted: string, path: Path): Generator<Complaint> {
  const to = unitOf(wanted);
  if (!to) return;
  try {
    const factor = ratio(parseUnit(unit), to);
    if (factor !== 1)
      yield { path, message: `is in ${unit}${factor ? `, which is ${factor}` : ', which is no'} ${wanted}` };
  } catch (cause) {
    yield { path, message: (cause as Error).message };
  }
}
