import { z } from 'zod';
import { asyncapi } from '../contract/asyncapi.ts';
import { openapi } from '../contract/openapi.ts';
import { SCHEMA_NAMES, schemaAlone } from '../contract/schemas.ts';
import { HttpFault } from './errors.ts';
import { type Described, type Operation, operation } from './operation.ts';

/** The contract to read by machines: made from the schemas, once, when first asked for. */

const Document = z.looseObject({}).describe('a document of the kind that its name says');
const SchemaList = z.object({
  schemas: z.array(z.string()).describe('paths of JSON Schemas, each complete in itself'),
});

/** The operations that tell of `others` and of themselves. */
export function documents(others: readonly Described[]): Operation[] {
  const own: Operation[] = [
    operation(
      {
        ...{ id: 'openapi', method: 'GET', path: '/v1/openapi.json' },
        summary: 'This document: the HTTP API (OpenAPI 3.1)',
        answers: { 200: { what: 'an OpenAPI document', json: Document } },
      },
      async () => http(),
    ),
    operation(
      {
        ...{ id: 'asyncapi', method: 'GET', path: '/v1/asyncapi.json' },
        summary: 'The WebSocket stream at /v1/stream (AsyncAPI 3)',
        answers: { 200: { what: 'an AsyncAPI document', json: Document } },
      },
      async ({ request: { host, protocol } }) => ({ ...stream(), servers: { agent: serverAt(host, protocol) } }),
    ),
    operation(
      {
        ...{ id: 'schemas', method: 'GET', path: '/v1/schemas' },
        summary: 'The names of all JSON Schemas',
        answers: { 200: { what: 'their paths', json: SchemaList } },
      },
      async () => ({ schemas: SCHEMA_NAMES.map((name) => `/v1/schemas/${name}`) }),
    ),
    operation(
      {
        ...{ id: 'schema', method: 'GET', path: '/v1/schemas/{name}', params: z.object({ name: z.string() }) },
        summary: 'One JSON Schema (2020-12), complete in itself',
        answers: { 200: { what: 'the schema', json: Document } },
        refusals: { 404: 'no schema of that name' },
      },
      async ({ params: { name } }) => {
        const schema = schemaAlone(name);
        if (!schema) throw new HttpFault(404, 'no schema of that name; /v1/schemas lists them');
        return schema;
      },
    ),
  ];
  const http = once(() => openapi([...others, ...own]));
  const stream = once(asyncapi);
  return own;
}

const serverAt = (host: string, protocol: string): object => ({
  ...{ host, protocol: protocol === 'https' ? 'wss' : 'ws' },
  description: 'the agent that made this document',
});

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
