import type { MetricConfig, PlantConfig } from '../../config/plant.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import { shiftDayOf } from '../../rules/interval.ts';
import { inputsOf, type MeterSpec } from '../../rules/plan.ts';
import type { Explanation, Term } from './contract.ts';

/** A metric or meter of the configuration, of which a figure is explained. */
export interface Subject {
  readonly metric: MetricConfig | null;
  readonly meter: MeterSpec | null;
}

/** The subject of that name, or a sentence that says what was probably meant. */
export function subjectOf(config: PlantConfig, id: string): Subject | string {
  const metric = config.metrics.find((one) => one.id === id) ?? null;
  const meter = config.meters.find((one) => one.id === id) ?? null;
  if (metric || meter) return { metric, meter };
  const known = [...config.metrics, ...config.meters].map((one) => one.id);
  return `no metric or meter named "${id}"${didYouMean(id, known) || `; there are ${known.slice(0, 20).join(', ')}`}`;
}

/** The meters whose doings may be told: those of the amounts, and those that settle them. */
export function metersOf(config: PlantConfig, figure: Pick<Evaluation, 'amounts'>): string[] {
  const own = figure.amounts.map(({ meter }) => meter);
  const settling = config.meters.flatMap((meter) =>
    own.includes(meter.id) && meter.kind === 'faraday' && meter.settle ? [meter.settle.tapped] : [],
  );
  return [...new Set([...own, ...settling])];
}

/** What the configuration says of a figure. */
export function configured(
  config: PlantConfig,
  { metric, meter }: Subject,
  figure: Pick<Evaluation, 'amounts' | 'window'>,
): Pick<
  Explanation,
  | 'name'
  | 'timeZone'
  | 'productionDay'
  | 'terms'
  | 'limit'
  | 'minKnown'
  | 'minDenominator'
  | 'plausible'
  | 'presentConfig'
> {
  const terms = figure.amounts.flatMap((amount): Term[] => {
    const spec = config.meters.find(({ id }) => id === amount.meter);
    const term = metric?.[amount.role].find((one) => one.meter === amount.meter);
    if (!spec) return [];
    const tag = config.tags.find(({ id }) => id === inputsOf(spec)[0]);
    return [
      {
        meter: spec,
        role: amount.role,
        tagUnit: tag?.unit ?? null,
        tagScale: tag?.scale ?? 1,
        coefficientUnit: term?.unit ?? null,
        basis: term?.basis ?? null,
      },
    ];
  });
  return {
    name: metric?.name ?? meter?.name ?? null,
    timeZone: config.plant.calendar.timeZone,
    productionDay: figure.window.kind === 'shift' ? shiftDayOf(config.plant.calendar, figure.window) : null,
    terms,
    limit: metric?.limit ? { quote: metric.limit.quote, deadband: metric.limit.deadband } : null,
    minKnown: metric?.minKnown ?? null,
    minDenominator: metric?.minDenominator ?? null,
    plausible: metric?.plausible ?? null,
    presentConfig: config.fingerprint,
  };
}
