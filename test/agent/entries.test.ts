import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { EntriesPage, EntryReceipt, FiguresPage } from '../../agent/http/answers.ts';
import { Fault } from '../../agent/http/errors.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { runs } from '../support/properties.ts';
import { type AgentKit, agentKit, enterHour, HOUR_AGO, minute, NOW, WHOLE_HOUR, YIELD } from './agentKit.ts';

/** What operators enter by hand, through a whole agent. */

let kit: AgentKit;
beforeEach(async () => {
  kit = await agentKit();
});
afterEach(() => kit.close());

const coil = (key: string, change: object = {}) => ({
  ...{ type: 'piece', key, meter: 'coils', by: 'Li', piece: key, amount: 3, at: minute(20), ...change },
});

async function entered(body: object): Promise<z.infer<typeof EntryReceipt>> {
  const answer = await kit.post('/v1/entries', body);
  const text = await answer.text();
  expect([answer.status, text]).toEqual([200, text]);
  return EntryReceipt.parse(JSON.parse(text));
}
const refused = async (body: unknown, headers: Record<string, string> = {}) => {
  const answer = await kit.post('/v1/entries', body, headers);
  return { status: answer.status, ...Fault.parse(await answer.json()) };
};
const listed = async (query = '') => EntriesPage.parse(await kit.json(`/v1/entries${query}`));

describe('an entry', () => {
  test('revises closed windows: said in its answer, over the stream and in the history', async () => {
    await enterHour(kit);
    const read = streamed(kit.url);
    const { entry, revised, hasMore } = await entered({
      ...{ type: 'correction', key: 'c-1', meter: 'coils', by: 'Li', piece: 'C-1', amount: 90 },
    });
    expect(entry).toMatchObject({ key: 'c-1', by: 'Li', refused: null, entered: { piece: 'C-1', amount: 90 } });
    const hour = { kind: 'hour', start: expect.stringContaining(':00:00.000+08:00') };
    const [first, second] = revised;
    expect([first, second]).toMatchObject([
      { metric: 'coils', window: hour, revision: expect.any(Number), value: 90, unit: 't', statusCode: 'good' },
      { metric: 'mill.yield', window: hour, value: 90, unit: '%' },
    ]);
    expect(
      revised.slice(2).map(({ metric }) => metric),
      'only verdicts that build on it',
    ).not.toContain('coils');
    expect(hasMore).toBe(false);
    const { figures } = FiguresPage.parse(await kit.json(YIELD));
    expect(figures).toMatchObject([{ value: 90, revision: second!.revision, limit: { state: 'excursion' } }]);
    const records = await read(second!.seq);
    expect(records.get(entry.seq)).toMatchObject({ kind: 'entry', body: { key: 'c-1' } });
    expect(records.get(second!.seq)).toMatchObject({
      kind: 'evaluation',
      body: { metric: 'mill.yield', value: 90 },
    });
  });

  test('is undone by a correction to nothing', async () => {
    await enterHour(kit);
    await entered(coil('extra'));
    const { revised } = await entered({
      ...coil('undo'),
      type: 'correction',
      piece: 'extra',
      amount: 0,
      at: undefined,
    });
    expect(revised[1]).toMatchObject({ metric: 'mill.yield', value: 96 });
  });

  test('of each kind that the rules know is taken by the meters that have it', async () => {
    const swap = { type: 'swap', meter: 'energy', by: 'Li', removedAt: minute(1), installedAt: minute(2) };
    const { entry } = await entered({
      ...swap,
      key: 'swap',
      last: 17,
      first: '18446744073709551610',
      modulus: '18446744073709551616',
    });
    expect(entry.entered).toMatchObject({ last: 17, first: '18446744073709551610', modulus: '18446744073709551616' });
    const inventory = { type: 'inventory', meter: 'coils', by: 'Li', amount: 1, at: minute(1) };
    expect(await refused({ ...inventory, key: 'i' })).toEqual({
      ...{ status: 422, error: 'refused', message: 'only a faraday meter has metal in cells' },
    });
    expect(await kit.json('/v1/plant')).toMatchObject({
      lines: [{ meters: [{ entries: ['piece', 'correction'] }, {}, { id: 'energy', entries: ['swap'] }] }],
    });
  });

  test('stands in the log and the audit trail with who and from where, refused or not', async () => {
    await entered(coil('one'));
    expect((await refused(coil('two', { meter: 'none' }))).status).toBe(422);
    await kit.restart(async (store) => {
      const trail = (await store.auditTrail(0, 10)).map(({ text }) => JSON.parse(text) as object);
      expect(trail).toMatchObject([
        { who: null, from: null, action: 'start' },
        { who: 'Li', from: '127.0.0.1', action: 'entry', detail: { key: 'one', refused: null } },
        { who: 'Li', from: '127.0.0.1', action: 'entry', detail: { key: 'two', refused: 'there is no meter none' } },
        { who: null, from: null, action: 'stop' },
      ]);
    });
  });
});

describe('an entry counts once by its key', () => {
  test('said twenty times at once', async () => {
    await enterHour(kit);
    const answers = await Promise.all(Array.from({ length: 20 }, () => entered(coil('many'))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    expect(answers[0]!.revised[1]).toMatchObject({ metric: 'mill.yield', value: 99 });
    expect((await listed()).entries.filter(({ key }) => key === 'many')).toHaveLength(1);
  });

  test('said again later, in other words of the same, or after a restart: with the same answer', async () => {
    await enterHour(kit);
    const first = await entered(coil('again'));
    const words = { at: minute(20).replace('Z', '+00:00'), by: ' Li ' };
    expect(await entered(Object.fromEntries(Object.entries(coil('again', words)).reverse()))).toEqual(first);
    await kit.restart();
    expect(await entered(coil('again'))).toEqual(first);
    expect(await refused(coil('bad', { meter: 'none' }))).toEqual(await refused(coil('bad', { meter: 'none' })));
  });

  test('and for nothing else: another body is refused, then, at the same time and after a restart', async () => {
    const bodies = Array.from({ length: 20 }, (_, n) => coil('key', { amount: n % 2 }));
    const statuses = await Promise.all(bodies.map(async (body) => (await kit.post('/v1/entries', body)).status));
    expect(statuses.sort()).toEqual([...Array(10).fill(200), ...Array(10).fill(409)]);
    await kit.restart();
    expect((await listed()).entries).toHaveLength(1);
    for (const change of [{ amount: 7 }, { by: 'Wei' }, { piece: 'x' }, { at: minute(21) }, { meter: 'slabs' }])
      expect(await refused(coil('key', change))).toMatchObject({ status: 409, error: 'conflict' });
  });
});

describe('what is wrong with an entry is told, all at once, and changes nothing', () => {
  const swap = {
    type: 'swap',
    key: 'k',
    meter: 'energy',
    by: 'Li',
    removedAt: minute(2),
    last: 5,
    installedAt: minute(1),
  };
  const future = new Date(NOW + 3_600_000).toISOString();
  test.each<[string, unknown, number, string | RegExp]>([
    ['no body', undefined, 400, /JSON|a mapping/],
    ['no JSON', '{', 400, 'the body is no JSON'],
    ['a list', [], 400, /not a mapping/],
    ['nothing', {}, 400, 'missing: swap, piece, correction, inventory, cells'],
    ['no such kind', coil('k', { type: 'pieces' }), 400, /did you mean "piece"/],
    [
      'much at once',
      { type: 'piece', key: '', meter: '1', amount: -1, z: 1 },
      400,
      /key: .*meter: .*piece: .*amount: .*at: .*z: /,
    ],
    ['nobody', coil('k', { by: ' ' }), 400, 'by: has fewer than 1 characters'],
    ['a long key', coil('k'.repeat(101)), 400, /^key: /],
    ['a number too large', JSON.stringify(coil('k')).replace(':3,', ':1e999,'), 400, /^amount: /],
    ['a time without offset', coil('k', { at: '2026-01-01T00:00:00' }), 400, /^at: an instant such as/],
    ['a time that no log can hold', coil('k', { at: 9e15 }), 400, 'at: an instant between 2001 and 2286'],
    ['a key that is no line', coil('k\u0000', { piece: 'P' }), 400, 'key: no control characters'],
    ['an amount beyond any scale', coil('k', { amount: 1e300 }), 400, /^amount: .* is above/],
    ['a time to come', coil('k', { at: future }), 422, 'its time is still to come'],
    ['long ago', coil('k', { at: '2020-01-01T00:00:00Z' }), 422, 'its time is too long ago to be revised'],
    ['no such meter', coil('k', { meter: 'coil' }), 422, 'there is no meter coil'],
    [
      'no such piece',
      { ...coil('k', { type: 'correction' }), at: undefined },
      422,
      'no piece k is known: of those before, the last 1000 are',
    ],
    ['a piece of a register', coil('k', { meter: 'energy' }), 422, 'only an event meter counts pieces'],
    ['an exchange backwards', { ...swap, first: 0 }, 422, 'the new meter is installed before the old one is removed'],
    ['a count that is none', { ...swap, first: '1e5' }, 400, /^first: /],
  ])('%s', async (_, body, status, message) => {
    const fault = await refused(body);
    expect(fault.status).toBe(status);
    expect(fault.message).toMatch(typeof message === 'string' ? new RegExp(`${message}$`) : message);
    if (status === 400) expect((await listed()).entries).toEqual([]);
  });

  test('a foreign page, another type of body, or too much of it', async () => {
    expect(await refused(coil('k'), { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
    expect(await refused(coil('k'), { 'content-type': 'text/plain' })).toMatchObject({
      ...{ status: 415, message: 'the body must be application/json' },
    });
    expect(await refused(coil('k', { piece: 'x'.repeat(70_000) }))).toMatchObject({ status: 413 });
    expect((await listed()).entries).toEqual([]);
  });

  test('whatever comes: 4xx, never 5xx, and never a record that the log cannot take', async () => {
    const often = (usual: unknown, ...others: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 2 * others.length, arbitrary: fc.constant(usual) }, ...others);
    const odd = fc.constantFrom<unknown>(1e12, 1e13, 8.64e15, -8.64e15, 0, '9999-12-31T23:59:59.9999999999-23:59');
    const date = fc.date({ noInvalidDate: true }).map((one) => one.toISOString());
    const instant = often(minute(1), odd, fc.maxSafeInteger(), date);
    const number = often(7, fc.double(), fc.constantFrom(0, 1e20, 1e308, 5e-324, -1));
    const count = often(7, number, fc.constantFrom('0', '9'.repeat(20), '9'.repeat(21), '1e5', ''));
    const name = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), fc.constantFrom('C-1', 1, 1e300));
    const kind = (type: string, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
      fc.record({
        ...{ type: fc.constant(type), key: fc.oneof(fc.uuid(), fc.string({ minLength: 1 })), by: often('Li', name) },
        ...{ meter: fc.constantFrom('coils', 'energy'), ...fields },
      });
    const kinds = [
      kind('piece', { piece: name, amount: number, at: instant }),
      kind('correction', { piece: name, amount: number }),
      kind('swap', { removedAt: instant, last: count, installedAt: instant, first: count, scale: number }),
      kind('inventory', { amount: number, at: instant }),
      kind('cells', { cells: number, at: instant }),
      kind('piece', { piece: fc.jsonValue(), amount: fc.jsonValue(), at: fc.jsonValue() }),
    ];
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(...kinds, fc.jsonValue()), async (body) => {
        const answer = await kit.post('/v1/entries', JSON.stringify(body));
        statuses.add(answer.status);
        expect(answer.status, JSON.stringify(body)).toBeLessThan(500);
        if (answer.status !== 200) Fault.parse(await answer.json());
      }),
      { numRuns: runs(300) },
    );
    expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 400, 422]));
    expect((await entered(coil('after all'))).entry.refused).toBeNull();
  });
});

test('entries are listed, the newest first, by time and meter, in pages and as a table', async () => {
  for (const piece of WHOLE_HOUR) await entered(piece);
  const keys = WHOLE_HOUR.map(({ key }) => key).reverse();
  const { entries } = await listed();
  expect(entries.map(({ key }) => key)).toEqual(keys);
  const pages: string[][] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page: z.infer<typeof EntriesPage> = await listed(`?limit=4${next && `&cursor=${next}`}`);
    pages.push(page.entries.map(({ key }) => key));
    next = page.next;
  }
  expect(pages).toEqual([keys.slice(0, 4), keys.slice(4)]);
  expect((await listed('?meter=slabs')).entries.map(({ meter }) => meter)).toEqual(['slabs', 'slabs', 'slabs']);
  expect((await listed(`?to=${encodeURIComponent(entries[4]!.at)}`)).entries).toEqual([entries[5]]);
  const csv = await (await kit.get('/v1/entries?format=csv')).text();
  const rows = parse(csv, { columns: true, bom: true }) as Record<string, string>[];
  expect(rows.map(({ piece }) => piece)).toEqual(keys);
  expect(rows[0]).toMatchObject({ type: 'piece', by: 'Wang', amount: '96', refused: '' });
  expect(Date.parse(rows[0]!.from!)).toBe(HOUR_AGO + 70 * 60_000);
});

/** Reads the stream's records from its beginning; what it returns waits for one of them. */
function streamed(url: string): (seq: number) => Promise<Map<number, { kind: string; body: object }>> {
  const records = new Map<number, { kind: string; body: object }>();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL);
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 'hello') socket.send('{"type":"subscribe","id":"s","records":{"from":"earliest"}}');
    if (frame.type === 'records') for (const record of frame.records) records.set(record.seq, record);
  });
  return async (seq) => {
    await expect.poll(() => records.has(seq), { timeout: 30_000 }).toBe(true);
    socket.terminate();
    return records;
  };
}
