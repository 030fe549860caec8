import { z } from 'zod';
import { ALL_KINDS } from '../rules/interval.ts';
import { Id, Name } from '../rules/options.ts';
import { UnitText } from '../rules/units.ts';

/** What a kind of line has: the meters that it may have, and the metrics that follow from those it has. */

export const ModelMeter = z
  .looseObject({
    about: z.string().describe('what the plant is to give'),
    name: Name,
    kind: z.enum(['counter', 'gauge', 'event', 'faraday', 'product', 'idle']),
    quantity: z.string(),
    unit: UnitText,
    exported: z.boolean().default(false).describe('passed on to others: counts negative where coefficients weigh it'),
    energy: z.string().optional().describe('its coal equivalent where the plant names no other'),
    like: Id.optional().describe('made of the tags of another meter, not given by the plant'),
    of: Id.optional().describe('of an idle meter: those that it is made beside, where the line has `outside`'),
    outside: Id.optional().describe('of an idle meter: the product meter'),
    pieces: Id.optional().describe('of a product meter: the meter that weighs its pieces'),
  })
  .describe('the rest is default options of the meter');
export type ModelMeter = z.infer<typeof ModelMeter>;

/** Which coefficient of the meter's own weighs it, and what the weighed amount is counted in. */
export const WEIGHTS = { energy: 'kgce', co2: 't' } as const;
export type Weight = keyof typeof WEIGHTS;

const Term = z.union([
  Id,
  z.strictObject({ meter: Id, coefficient: z.number(), unit: z.string() }),
  z.strictObject({ meter: Id, by: z.enum(Object.keys(WEIGHTS) as [Weight]) }).describe('as far as the plant meters it'),
]);
export type ModelTerm = z.infer<typeof Term>;

const Metric = z.strictObject({
  name: Name,
  unit: UnitText,
  numerator: z.array(Term).min(1),
  denominator: z.array(Term).min(1),
  needs: z.array(Id).default([]).describe('meters without which the sum would pass for more than it is'),
  minDenominator: z.number().optional(),
  plausible: z.tuple([z.number(), z.number()]).optional(),
  limit: z
    .strictObject({
      indicator: z.string().describe('{route} stands for the route of the line'),
      deadband: z.number().optional(),
    })
    .optional()
    .describe("holds where the plant's table of indicators has such a row"),
  windows: z.array(z.enum(ALL_KINDS)).min(1),
});
export type ModelMetric = z.infer<typeof Metric>;

export const Model = z
  .strictObject({
    title: z.string(),
    name: Name,
    routes: z.record(z.string(), Name).optional().describe('process routes; a line says which is its own'),
    meters: z.record(Id, ModelMeter),
    metrics: z.record(Id, Metric).describe('the first one that a line has is its main one'),
  })
  .superRefine(({ meters, metrics }, context) => {
    for (const [id, metric] of Object.entries(metrics)) {
      const used = [...metric.numerator, ...metric.denominator].map((term) =>
        typeof term === 'string' ? term : term.meter,
      );
      for (const name of [...used, ...metric.needs].filter((meter) => !Object.hasOwn(meters, meter)))
        context.addIssue({ code: 'custom', path: ['metrics', id], message: `no meter "${name}" in this model` });
    }
  });
export type Model = z.infer<typeof Model>;
