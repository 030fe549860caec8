import { z } from 'zod';
import * as answers from '../http/answers.ts';
import { Alarms, AlarmView, PlantDescription } from '../http/contract.ts';
import { NewEntry } from '../http/entries.ts';
import { Fault } from '../http/errors.ts';
import { AgentFrame, ReaderFrame } from '../stream/frames.ts';
import * as protocol from '../stream/protocol.ts';

/** Every schema that has a name outside; documents are made from them and say the same of each. */

type Json = z.core.JSONSchema.BaseSchema;

const named: Readonly<Record<string, z.ZodType>> = {
  Window: protocol.WireWindow,
  Verdict: protocol.Verdict,
  Evaluation: protocol.EvaluationBody,
  Alarm: protocol.AlarmBody,
  Endpoint: protocol.EndpointBody,
  MeterEvent: protocol.MeterBody,
  Entry: protocol.EntryBody,
  Gap: protocol.GapBody,
  Config: protocol.ConfigBody,
  Record: protocol.WireRecord,
  LiveValue: protocol.LiveValue,
  ReaderFrame,
  AgentFrame,
  ...framesOf(ReaderFrame),
  ...framesOf(AgentFrame),
  Fault,
  Plant: PlantDescription,
  AlarmView,
  Alarms,
  Alive: answers.Alive,
  Ready: answers.Ready,
  FiguresPage: answers.FiguresPage,
  MinutesPage: answers.MinutesPage,
  RecordsPage: answers.RecordsPage,
  Entered: answers.EnteredBody,
  EntryReceipt: answers.EntryReceipt,
  EntriesPage: answers.EntriesPage,
  NewEntry,
  Explanation: answers.ExplanationBody,
};

/** A direction's frames by the names of their types, as `SubscribeFrame`. */
export function framesOf(frames: typeof ReaderFrame | typeof AgentFrame): Record<string, z.ZodObject> {
  return Object.fromEntries(frames.options.map((frame) => [`${capital(frame.shape.type.value)}Frame`, frame]));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });

export const SCHEMA_NAMES: readonly string[] = Object.keys(named).sort();

/** The name of a schema that has one. */
export const nameOf = (schema: z.ZodType): string | undefined => registry.get(schema)?.id;

/** As readers may take it: what is added within v1 is no fault, so nothing is forbidden but where it is asked. */
const OPTIONS = { io: 'input' } as const;

/** All of them, as parts of a document where they stand under `place` (`#/components/schemas/`). */
export function schemasAt(place: string): Record<string, Json> {
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, uri: (id) => place + id });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $id: _, $schema: __, ...schema }]) => [id, schema]));
}

const DEFINED = '#/$defs/';

/** One of them alone, with those that it needs; undefined where there is none of that name. */
export function schemaAlone(name: string): Json | undefined {
  if (!Object.hasOwn(named, name)) return undefined;
  const all = schemasAt(DEFINED);
  const needed = new Set<string>();
  const need = (id: string): void => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const [, other] of JSON.stringify(all[id]).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)) need(other!);
  };
  need(name);
  const $defs = Object.fromEntries([...needed].map((id) => [id, all[id]!]));
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $ref: DEFINED + name, $defs };
}

/** A schema without a name, such as that of a query. */
export const schemaOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, OPTIONS);
