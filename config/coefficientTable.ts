import { z } from 'zod';
import { Id } from '../rules/options.ts';
import { UnitText } from '../rules/units.ts';

/** A table of coal equivalents or CO2 factors, each with where it was seen: figures are judged by them, so none is a constant in code. */

const Coefficient = z
  .strictObject({
    value: z.number().optional().describe('none where the document gives a range, or nothing'),
    range: z
      .tuple([z.number(), z.number()])
      .optional()
      .describe('[least, most], where the document gives no one value'),
    unit: UnitText,
    source: z.string().describe("a key of the table's sources"),
    zh: z.string().describe("the document's own word"),
    year: z.number().int().optional(),
    boundary: z.string().optional().describe('what it takes in'),
    note: z.string().optional(),
  })
  .refine(({ value, range }) => value === undefined || range === undefined, 'has a value or a range, not both');

export const CoefficientTable = z
  .strictObject({
    title: z.string(),
    edition: z.string(),
    coalEquivalent: z.number().positive().optional().describe('MJ in a kgce; lets a measured calorific value stand in'),
    sources: z.record(Id, z.string()).describe('how each value is known'),
    coefficients: z.record(Id, Coefficient),
  })
  .superRefine(({ sources, coefficients }, context) => {
    for (const [name, { source }] of Object.entries(coefficients)) {
      if (!Object.hasOwn(sources, source))
        context.addIssue({ code: 'custom', path: ['coefficients', name, 'source'], message: `no source "${source}"` });
    }
  });
export type CoefficientTable = z.infer<typeof CoefficientTable>;
export type Coefficient = z.infer<typeof Coefficient>;
