import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { OPEN } from '../../agent/access/access.ts';
import { realClock } from '../../agent/clock.ts';
import { CLOSE_CODES, ERRORS } from '../../agent/contract/closing.ts';
import { Fault } from '../../agent/http/errors.ts';
import { routes } from '../../agent/http/routes.ts';
import type { LogStore } from '../../agent/store/open.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { wireTimeOf } from '../../agent/wire.ts';
import { markdownTable } from '../../config/markdown.ts';
import { runs } from '../support/properties.ts';
import { type AgentKit, agentKit, enterHour, WHOLE_HOUR } from './agentKit.ts';
import { aSystem } from './aSystem.ts';
import { type HttpDocument, httpPage } from './httpPage.ts';
import { plant, silent } from './streamKit.ts';

/** The documents are what is served, and what is served is as the documents say. */

interface Media {
  readonly schema: object;
}
interface Documented {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Media>> }>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let kit: AgentKit;
let document: OpenApi;
let validate: (schema: object) => ValidateFunction;

beforeAll(async () => {
  kit = await agentKit();
  await enterHour(kit);
  document = (await kit.json('/v1/openapi.json')) as OpenApi;
  validate = validator(document.components.schemas);
});
afterAll(() => kit.close());

/** Checks against schemas that refer to the document's. */
function validator(schemas: OpenApi['components']['schemas']): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  ajv.addVocabulary(['components']);
  ajv.addSchema({ $id: 'document', components: { schemas } });
  const absolute = (schema: object): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
  const compiled = new Map<object, ValidateFunction>();
  return (schema) => {
    const check = compiled.get(schema) ?? ajv.compile(absolute(schema));
    compiled.set(schema, check);
    return check;
  };
}

/** What stands for the places of a path. */
const PLACES: Readonly<Record<string, string>> = {
  ...{ '/v1/metrics/{id}': 'id=mill.yield', '/v1/metrics/{id}/explain': 'id=mill.yield' },
  ...{ '/v1/tags/{id}/history': 'id=feeder.energy', '/v1/schemas/{name}': 'name=Evaluation' },
  '/v1/alarms/{metric}/{window}/{action}': 'metric=mill.yield&window=hour&action=acknowledge',
};
/** What must be asked with. */
const QUERIES: Readonly<Record<string, string>> = {
  ...{ figures: '?window=hour', explain: '?window=hour&at=last' },
};
const BODIES: Readonly<Record<string, object>> = {
  actOnAlarm: { who: 'Wei' },
  logIn: { token: 'any' },
  logOut: {},
  enter: WHOLE_HOUR[0]!,
};

const filled = (path: string): string =>
  [...new URLSearchParams(PLACES[path] ?? '')].reduce((all, [name, value]) => all.replace(`{${name}}`, value), path);

/** Whether an answer is one of those that the document lists, with the body that it says there. */
async function expectAsDocumented({ responses }: Documented, answer: Response, asked: string): Promise<void> {
  const type = answer.headers.get('content-type') ?? '';
  const listed = responses[answer.status] ?? responses.default!;
  const [, media] = Object.entries(listed.content).find(([name]) => type.startsWith(name)) ?? [];
  expect(media, `${asked}: ${answer.status} ${type}`).toBeDefined();
  const body: unknown = type.startsWith('application/json') ? await answer.json() : await answer.text();
  const check = validate(media!.schema);
  check(body);
  expect(check.errors, asked).toBeNull();
}

const operations = (): [path: string, method: string, documented: Documented][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): [string, string, Documented] => [path, method, one]),
  );

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...document });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  test('has every route but the page, and no other', async () => {
    const app = Fastify();
    const served: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') served.push(`${one} ${url}`);
    });
    const time = wireTimeOf({ timeZone: 'Asia/Shanghai', dayStart: '00:00', shifts: ['00:00'], shiftDay: 'start' });
    routes(app, {
      ...{
        access: OPEN,
        plant: () => plant,
        clock: realClock(),
        wireTime: time,
        log: silent,
        registry: new Registry(),
      },
      ...{ store: {} as LogStore, live: { values: () => [] }, health: () => ({ ready: true, reasons: [] }) },
      entries: { enter: async () => 'spent' },
      alarms: { ledger: () => new Map(), act: async () => null },
      explain: async () => ({ refusal: '', status: 404 }),
      system: async () => aSystem,
    });
    const told = operations().map(
      ([path, method]) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(served.sort()).toEqual(told.sort());
  });

  test('is docs/http.md', async () => {
    const page = httpPage(document as unknown as HttpDocument);
    await expect(page).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/http.md'));
  });

  test('says how each operation answers', async () => {
    for (const [path, method, one] of operations()) {
      const asked = filled(path) + (QUERIES[one.operationId] ?? '');
      const answer = method === 'post' ? await kit.post(asked, BODIES[one.operationId]) : await kit.get(asked);
      expect([path, answer.status]).toEqual([path, path === '/readyz' ? 503 : 200]);
      await expectAsDocumented(one, answer, `${method} ${asked}`);
      const table = Object.keys(one.responses[200]!.content).find((type) => type.startsWith('text/'));
      if (table) await expectAsDocumented(one, await kit.get(asked, { accept: table }), `${asked} as ${table}`);
      if (one.responses[200]!.content['application/json'] && method === 'get')
        await expectAsDocumented(one, await kit.get(asked, { accept: 'application/json' }), `${asked} as JSON`);
    }
  });

  test('holds for whatever is asked: 4xx at worst, and never 5xx', async () => {
    const reads = operations().filter(([path, method]) => method === 'get' && path !== '/readyz');
    const names = ['window', 'from', 'to', 'limit', 'cursor', 'format', 'after', 'kinds', 'at', 'piece', 'lang', 'x'];
    const values = [
      '',
      '0',
      '-1',
      '1e9',
      'NaN',
      'hour',
      'csv',
      '2026-01-01T00:00:00Z',
      '2026-01-01',
      'W10',
      '%00',
      'null',
    ];
    const parameter = fc.tuple(
      fc.constantFrom(...names),
      fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'binary', maxLength: 30 })),
    );
    const place = fc.oneof(fc.constant(null), fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...reads),
        fc.array(parameter, { maxLength: 4 }),
        place,
        async (read, query, id) => {
          const [path, , one] = read;
          const own = id === null ? filled(path) : path.replace(/\{\w+\}/, encodeURIComponent(id.toWellFormed()));
          const asked = `${own}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`;
          const answer = await kit.get(asked);
          expect(answer.status, asked).toBeLessThan(500);
          if (answer.status >= 400) return void Fault.parse(await answer.json());
          await expectAsDocumented(one, answer, asked);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('tells all that is wrong with a request at once', async () => {
    const answer = await kit.get('/v1/metrics/mill.yield?window=our&limit=0&from=yesterday&colour=red');
    expect(answer.status).toBe(400);
    const { faults = [] } = Fault.parse(await answer.json());
    expect(faults.map(({ in: place, path }) => `${place} ${path}`)).toEqual([
      ...['query window', 'query from', 'query limit', 'query colour'],
    ]);
    expect(faults[0]!.message).toContain('did you mean "hour"?');
  });
});

describe('the AsyncAPI document', () => {
  test('is valid by the official parser, and lists the frames of both directions', async () => {
    const text = await (await kit.get('/v1/asyncapi.json')).text();
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    const WARNING = 1;
    expect(diagnostics.filter(({ severity }) => severity <= WARNING)).toEqual([]);
    const framesOf = (action: 'send' | 'receive'): string[] =>
      parsed!
        .operations()
        .filterBy((one) => one.action() === action)
        .flatMap((one) => one.messages().map((message) => message.name() ?? ''));
    expect(framesOf('receive')).toEqual(expect.arrayContaining(['SubscribeFrame', 'AckFrame']));
    expect(framesOf('send')).toEqual(expect.arrayContaining(['HelloFrame', 'RecordsFrame', 'GapFrame', 'ByeFrame']));
    expect(parsed!.servers().get('agent')!.host()).toBe(new URL(kit.url).host);
  });

  test('describes what an agent sends', async () => {
    const { components } = (await kit.json('/v1/asyncapi.json')) as Pick<OpenApi, 'components'>;
    const check = validator(components.schemas)({ $ref: '#/components/schemas/AgentFrame' });
    const socket = new WebSocket(`${kit.url.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL);
    const types = new Set<string>();
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string };
        if (!check(frame)) reject(new Error(JSON.stringify(check.errors)));
        types.add(frame.type);
        if (frame.type === 'hello')
          socket.send('{"type":"subscribe","id":"s","records":{"from":"earliest"},"live":{"everyMs":50}}');
        if (frame.type === 'live') socket.send('?');
        if (frame.type === 'error') resolve();
      });
    });
    socket.terminate();
    expect([...types]).toEqual(expect.arrayContaining(['hello', 'subscribed', 'snapshot', 'records', 'live', 'error']));
  });

  test('says of errors and closes what docs/stream.md says', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/stream.md'), 'utf8');
    const errors = Object.entries(ERRORS).map(([code, why]) => [`\`${code}\``, why]);
    expect(page).toContain(markdownTable(['`error.code`', 'why'], errors));
    expect(page).toContain(markdownTable(['close code', 'when'], Object.entries(CLOSE_CODES)));
  });

  test('lists every close code that the agent has', () => {
    const folder = join(import.meta.dirname, '../../agent/stream');
    const code = globSync('*.ts', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
    const used = code.flatMap((text) =>
      [...text.matchAll(/(?:close\(|code = )(\d{4})\b/g)].map(([, number]) => number!),
    );
    expect(used.length).toBeGreaterThan(3);
    expect(Object.keys(CLOSE_CODES)).toEqual(expect.arrayContaining(used));
  });
});

test('every JSON Schema is complete in itself, and forbids nothing that may be added later', async () => {
  const { schemas } = (await kit.json('/v1/schemas')) as { schemas: string[] };
  expect(schemas).toContain('/v1/schemas/Evaluation');
  for (const path of schemas) {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    const schema = (await kit.json(path)) as object;
    expect(() => ajv.compile(schema), path).not.toThrow();
    expect(
      path !== '/v1/schemas/Evaluation' || JSON.stringify(schema).includes('fingerprint of the configuration'),
    ).toBe(true);
    const isAnswered = path !== '/v1/schemas/NewEntry';
    expect(JSON.stringify(schema).includes('"additionalProperties":false'), path).toBe(!isAnswered);
  }
  expect((await kit.get('/v1/schemas/__proto__')).status).toBe(404);
});
