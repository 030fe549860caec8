import type { z } from 'zod';
import { Fault } from '../http/errors.ts';
import type { Answer, Described } from '../http/operation.ts';
import { INFO } from './info.ts';
import { nameOf, schemaOf, schemasAt } from './schemas.ts';

/** The HTTP API as an OpenAPI 3.1 document, from the operations that the routes are made of. */

type Json = ReturnType<typeof schemaOf>;

const SCHEMAS = '#/components/schemas/';
const JSON_TYPE = 'application/json';

const ABOUT = `Instants are ISO 8601 with an offset. Lists come in pages: go on with \`next\` as \`cursor\` until it is null. With
\`Accept: text/csv\` or \`format=csv\` a list is one table: UTF-8, RFC 4180, decimal points. Whatever is no success is a
Fault. Within v1 fields are only added: ignore what you do not know. The stream at /v1/stream has a document of its own,
/v1/asyncapi.json. Where there are tokens, each operation needs one of the scope that \`x-needs\` names, or of a wider one:
read, enter, admin. Without a valid one the answer is 401, with one of too narrow a scope 403.`;

/** How one says who one is; the cookie's name ends with the port. */
const SECURITY = {
  token: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'pertonne-PORT' },
};

export function openapi(operations: readonly Described[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of operations)
    paths[one.path] = { ...paths[one.path], [one.method.toLowerCase()]: operationObject(one) };
  return {
    openapi: '3.1.0',
    info: { ...INFO, title: 'Pertonne HTTP API', description: ABOUT },
    servers: [{ url: '/', description: 'the agent that made this document' }],
    paths,
    components: { schemas: schemasAt(SCHEMAS), securitySchemes: SECURITY },
    security: [{ token: [] }, { session: [] }],
  };
}

function operationObject({ id, summary, needs = 'read', params, query, body, answers, refusals }: Described): object {
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)];
  const isAsked = parameters.length > 0 || body !== undefined;
  const refused = { ...(isAsked && { 400: 'what was asked is not as it must be' }), ...refusals };
  return {
    operationId: id,
    summary,
    ...(needs === null ? { security: [] } : { 'x-needs': needs }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { [JSON_TYPE]: { schema: schema(body) } } } }),
    responses: {
      ...mapped(answers, answerObject),
      ...mapped(refused, (what) => answerObject({ what, json: Fault })),
      default: answerObject({ what: 'any other refusal', json: Fault }),
    },
  };
}

const mapped = <From, To>(record: Readonly<Record<string, From>>, make: (from: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, from]) => [key, make(from)]));

const answerObject = ({ what, json, others = [] }: Answer): object => ({
  description: what,
  content: {
    ...(json && { [JSON_TYPE]: { schema: schema(json) } }),
    ...Object.fromEntries(others.map((type) => [type, { schema: { type: 'string' } }])),
  },
});

/** A schema that has a name is referred to by it. */
function schema(zod: z.ZodType): Json {
  const name = nameOf(zod);
  return name === undefined ? plain(schemaOf(zod)) : { $ref: SCHEMAS + name };
}

const plain = ({ $schema: _, ...json }: Json): Json => json;

function parametersOf(place: 'path' | 'query', zod: z.ZodObject | undefined): object[] {
  const { properties = {}, required = [] } = zod ? schemaOf(zod) : {};
  return Object.entries(properties as Record<string, Json>).map(([name, { description, ...json }]) => ({
    ...{ name, in: place, required: place === 'path' || required.includes(name), schema: json },
    ...(description !== undefined && { description }),
    ...(json.type === 'array' && { style: 'form', explode: false }),
  }));
}
