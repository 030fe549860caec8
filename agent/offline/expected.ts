import { z } from 'zod';
import { readYaml, type YamlFile } from '../../config/document.ts';
import { complaintsOf, type Fault, inWords } from '../../config/faults.ts';
import type { Calendar, Window } from '../../rules/interval.ts';
import { AlarmBody, EvaluationBody } from '../stream/protocol.ts';
import { type PieceName, windowNamed } from './windowName.ts';

/** What a story must come to: `expected.yaml`. What is listed must be so; what is not listed may be anything. */

const LISTS = ['evaluations', 'alarms', 'notes'] as const;
export type ListName = (typeof LISTS)[number];

/** Any part of what the protocol says of a record may be expected of it. */
const partOf = (schema: z.ZodObject): Record<string, z.ZodType> =>
  Object.fromEntries(Object.keys(schema.shape).map((key) => [key, z.unknown().optional()]));

const Evaluation = z.strictObject({
  ...partOf(EvaluationBody),
  metric: z.string().describe('a metric, or a meter'),
  window: z.string().describe('kind and any instant in it: hour@2026-11-24T08:00; or of a piece: coil#4711'),
  flags: z.array(z.string()).optional().describe('of all its amounts, in any order, no others'),
  amounts: z
    .record(z.string(), z.union([z.number(), z.record(z.string(), z.unknown())]))
    .optional()
    .describe("by meter: the amount's value, or parts of the amount"),
  limit: z
    .union([z.string(), z.null(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('its state, or parts of it'),
});

const Alarm = z.strictObject({
  ...partOf(AlarmBody),
  metric: z.string(),
  window: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
});

const Note = z.strictObject({
  meter: z.string(),
  event: z.string(),
  detail: z.string().optional().describe('a part of its words'),
});

export const ExpectedFile = z.strictObject({
  tolerance: z.number().nonnegative().default(1e-9).describe('largest relative difference of numbers'),
  complete: z
    .array(z.enum(LISTS))
    .default([])
    .describe('lists that name everything there is: what is not listed must not be'),
  evaluations: z.array(Evaluation).default([]).describe('final figures: the latest revision of each'),
  alarms: z.array(Alarm).default([]),
  notes: z.array(Note).default([]),
});

/** A window, or the piece that it is of. */
export type ExpectedWindow = Window | PieceName;
type Item = Readonly<Record<string, unknown>> & { readonly window?: ExpectedWindow };
export type ExpectedEvaluation = Item & { readonly metric: string; readonly window: ExpectedWindow };
export type ExpectedAlarm = Item & { readonly metric: string };

export interface Expected {
  readonly tolerance: number;
  readonly complete: readonly ListName[];
  readonly evaluations: readonly ExpectedEvaluation[];
  readonly alarms: readonly ExpectedAlarm[];
  readonly notes: readonly z.infer<typeof Note>[];
}

/** Reads what is expected; or all faults of the file, with their lines. */
export async function readExpected(
  file: string,
  calendar: Calendar,
): Promise<{ readonly expected: Expected } | { readonly faults: readonly Fault[] }> {
  const yaml = await readYaml(file);
  if (yaml.faults.length > 0) return { faults: yaml.faults };
  const { data, error } = ExpectedFile.safeParse(yaml.value, { error: inWords });
  if (error) return { faults: complaintsOf(error).map(yaml.faultOf) };
  const faults: Fault[] = [];
  const named = <T extends { window?: string | undefined }>(list: readonly T[], name: ListName) =>
    list.map((item, index) => ({ ...item, ...windowOf(item.window, calendar, [name, index, 'window'], yaml, faults) }));
  const evaluations = named(data.evaluations, 'evaluations') as ExpectedEvaluation[];
  const alarms = named(data.alarms, 'alarms') as ExpectedAlarm[];
  return faults.length > 0 ? { faults } : { expected: { ...data, evaluations, alarms } };
}

function windowOf(
  text: string | undefined,
  calendar: Calendar,
  path: readonly (string | number)[],
  yaml: YamlFile,
  faults: Fault[],
): { window?: ExpectedWindow } {
  if (text === undefined) return {};
  const named = windowNamed(text, calendar, Number.NaN);
  if ('window' in named) return named;
  if ('piece' in named) return { window: named.piece };
  faults.push(yaml.faultOf({ path, message: named.fault }));
  return {};
}
