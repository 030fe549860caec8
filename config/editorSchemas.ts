import { z } from 'zod';
import { protocols } from '../drivers/index.ts';
import { MeterOptions } from '../rules/options.ts';
import { CoefficientTable } from './coefficientTable.ts';
import { IndicatorTable, Profile, ProfilePoint } from './library.ts';
import { Model, ModelMeter } from './model.ts';
import { Line, PlantFile, TagAddress } from './schema.ts';

/** JSON Schemas of everything that is written by hand, made from the schemas that judge it; for editors. */

export type Json = z.core.JSONSchema.JSONSchema;
/** Editors' YAML support knows this draft best; `draft-2020-12` has the form that the reference is made from. */
type Draft = 'draft-7' | 'draft-2020-12';

const ofSchema = (schema: z.ZodType, target: Draft): Json => z.toJSONSchema(schema, { io: 'input', target });

/** A profile's point stands for the rest of an address. */
const PROFILE_ADDRESS: Json = {
  title: 'meter profile',
  type: 'object',
  properties: {
    profile: { type: 'string', description: 'a file of config/profiles, or of profiles/ beside the plant file' },
    point: { type: 'string', description: 'one of its points' },
  },
  required: ['profile', 'point'],
};

/** Each protocol's own address schema, which the file's schema cannot know before it knows the endpoint. */
function addresses(target: Draft): Json[] {
  const own = Object.entries(protocols).map(([title, { address }]): Json => {
    const { $schema: _, ...schema } = ofSchema(address, target);
    return { title, ...schema };
  });
  return [...own, PROFILE_ADDRESS];
}

/** A line's model gives the rest of it. */
const MODEL_OR_ALL: Json = {
  required: ['id'],
  if: { required: ['model'] },
  else: { required: ['name', 'kind', 'equipment', 'main'] },
};

/** Of a plant's file that stands for itself. */
export function plantSchema(target: Draft = 'draft-2020-12'): Json {
  return z.toJSONSchema(PlantFile, {
    io: 'input',
    target,
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === Line) Object.assign(jsonSchema, MODEL_OR_ALL);
      if (zodSchema !== TagAddress) return;
      for (const key of ['type', 'propertyNames', 'additionalProperties'] as const) delete jsonSchema[key];
      Object.assign(jsonSchema, { anyOf: addresses(target) });
    },
  });
}

/** What a file includes may give what the file itself lacks. */
function wholeFile(): Json {
  const { required = [], properties, ...schema } = plantSchema('draft-7');
  const either = required.filter((key) => key !== 'version');
  return {
    ...schema,
    properties: {
      ...properties,
      meters: overModels(properties!.meters as Json, 'kind'),
      metrics: overModels(properties!.metrics as Json, 'numerator'),
    },
    required: ['version'],
    if: { required: ['include'] },
    else: { required: either },
  };
}

/** An entry without `whole` changes some keys of one that a line's model makes. */
function overModels(list: Json, whole: string): Json {
  const items = list.items as Json;
  const { [whole]: _, ...properties } = keysOf([items]);
  const some: Json = { type: 'object', properties, required: ['id'], additionalProperties: false };
  return { ...list, items: { anyOf: [...(items.oneOf ?? [items]), some] } };
}

const SEVENTH = 'http://json-schema.org/draft-07/schema#';

/** A file that another includes. */
function partOfFile({ $schema = SEVENTH, properties = {} }: Json): Json {
  const refs = Object.keys(properties).map((key) => [key, { $ref: `plant.schema.json#/properties/${key}` }]);
  return { $schema, type: 'object', properties: Object.fromEntries(refs), additionalProperties: false };
}

/** The keys of all forms of some schemas; what a key may hold in one form it may hold in all. */
function keysOf(schemas: readonly Json[]): Record<string, Json> {
  const forms = schemas.flatMap((schema) => (schema.oneOf ?? schema.anyOf ?? [schema]) as Json[]);
  const pairs = forms.flatMap(({ properties }) => Object.entries(properties ?? {}) as [string, Json][]);
  const byKey = Map.groupBy(pairs, ([key]) => key);
  return Object.fromEntries([...byKey].map(([key, all]) => [key, oneOrAny(all.map(([, schema]) => schema))]));
}

function oneOrAny(schemas: readonly Json[]): Json {
  const different = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return different.length === 1 ? different[0]! : { anyOf: different };
}

/** Beside its own keys an entry has those of other schemas, of which some are only together: all are offered. */
function withKeysOf(schema: Json, others: readonly z.ZodType[]): void {
  const offered = keysOf(others.map((other) => ofSchema(other, 'draft-7')));
  schema.properties = { ...offered, ...schema.properties };
  schema.additionalProperties = false;
}

function volumeSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === ProfilePoint) {
        withKeysOf(
          jsonSchema,
          Object.values(protocols).map(({ address }) => address),
        );
      }
      if (zodSchema === ModelMeter) withKeysOf(jsonSchema, [MeterOptions]);
    },
  });
}

/** By the names of their files in this folder. */
export function editorSchemas(): Readonly<Record<string, Json>> {
  const plant = wholeFile();
  return {
    'plant.schema.json': plant,
    'part.schema.json': partOfFile(plant),
    'profile.schema.json': volumeSchema(Profile),
    'model.schema.json': volumeSchema(Model),
    'indicators.schema.json': volumeSchema(IndicatorTable),
    'coefficients.schema.json': volumeSchema(CoefficientTable),
  };
}
