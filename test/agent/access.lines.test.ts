import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { changeTokens, digestOf, newToken, tokenFileIn } from '../../agent/access/tokenFile.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { type AgentKit, agentKit, HOUR_AGO, minute } from './agentKit.ts';
import { Reader } from './streamKit.ts';

/** A token of one line: of the other nothing is told, and nothing can be done there. */

const line = (id: string): string => `
  - { id: ${id}, name: { en: ${id}, zh: ${id} }, kind: rolling-mill, equipment: hot/${id}, main: ${id}.yield }`;
const tag = (id: string): string => `
  - { id: ${id}.energy, endpoint: feeder, unit: kWh, address: { unitId: 1, register: 0, type: uint32 } }`;
const meters = (id: string): string => `
  - { id: ${id}.slabs, line: ${id}, kind: event, quantity: slabs, unit: t }
  - { id: ${id}.coils, line: ${id}, kind: event, quantity: rolled steel, unit: t }
  - { id: ${id}.kwh, line: ${id}, kind: counter, quantity: electricity, unit: kWh, tag: ${id}.energy, maxRate: 40000 }`;
const metric = (id: string): string => `
  - id: ${id}.yield
    name: { en: Yield, zh: 成材率 }
    line: ${id}
    unit: "%"
    numerator: [{ meter: ${id}.coils, coefficient: 100, unit: "%" }]
    denominator: [${id}.slabs]
    limit: { op: ">=", bound: 99 }`;
const both = (part: (id: string) => string): string => ['ours', 'theirs'].map(part).join('');
const PLANT = `
version: 1
agent: two-lines
plant: { path: acme/works, windows: [hour], grace: 100ms }
lines:${both(line)}
endpoints:
  - { id: feeder, protocol: modbus, host: 127.0.0.1, port: 9 }
tags:${both(tag)}
meters:${both(meters)}
metrics:${both(metric)}
`;

const [whole, narrow] = [newToken(), newToken()];
const ALL = { authorization: `Bearer ${whole}` };
const OURS = { authorization: `Bearer ${narrow}` };
let it: AgentKit;

beforeAll(async () => {
  it = await agentKit(PLANT);
  const made = (name: string, secret: string) => ({
    ...{ name, scope: 'enter' as const, created: new Date(HOUR_AGO).toISOString(), expires: null },
    sha256: digestOf(secret).toString('hex'),
  });
  await changeTokens(tokenFileIn(it.dataFolder), () => [
    made('all', whole),
    { ...made('ours', narrow), lines: ['ours'] },
  ]);
  await vi.waitFor(async () => expect((await it.get('/v1/plant')).status).toBe(401), 20_000);
  for (const id of ['ours', 'theirs'])
    for (const [n, at] of [-5, 5, 65].entries())
      for (const of of ['slabs', 'coils']) {
        const piece = {
          type: 'piece',
          key: `${id}-${of}-${n}`,
          meter: `${id}.${of}`,
          piece: `${n}`,
          amount: 9,
          at: minute(at),
        };
        expect(await (await it.post('/v1/entries', piece, ALL)).json()).toMatchObject({ entry: { by: 'all' } });
      }
  const figures = `/v1/metrics/theirs.yield?window=hour&from=${minute(0)}&to=${minute(60)}`;
  await vi.waitFor(
    async () => expect(await (await it.get(figures, ALL)).json()).toMatchObject({ figures: [{ value: 100 }] }),
    20_000,
  );
});
afterAll(() => it.close());

const text = async (path: string, headers: Record<string, string>): Promise<string> =>
  (await it.get(path, headers)).text();

test.each([
  '/v1/plant',
  '/v1/records?after=0',
  '/v1/records?after=0&format=csv',
  '/v1/entries',
  '/v1/entries?format=csv',
  '/v1/alarms',
])('%s tells of the own line only', async (path) => {
  expect(await text(path, ALL)).toContain('theirs');
  const told = await text(path, OURS);
  expect(told).toContain('ours');
  expect(told).not.toContain('theirs');
});

test('pages go on although what is left out fills some of them', async () => {
  const seen: string[] = [];
  for (let path: string | null = '/v1/entries?limit=2'; path !== null; ) {
    const page = (await (await it.get(path, OURS)).json()) as { entries: { key: string }[]; next: string | null };
    seen.push(...page.entries.map(({ key }) => key));
    path = page.next && `/v1/entries?limit=2&cursor=${page.next}`;
  }
  expect(seen.sort()).toEqual([
    'ours-coils-0',
    'ours-coils-1',
    'ours-coils-2',
    'ours-slabs-0',
    'ours-slabs-1',
    'ours-slabs-2',
  ]);
});

test('what is of the other line is answered as what is not there', async () => {
  for (const path of [
    '/v1/metrics/ID.yield?window=hour',
    '/v1/metrics/ID.yield/explain?window=hour&at=last',
    '/v1/tags/ID.energy/history',
  ]) {
    const asked = async (id: string) => {
      const answer = await it.get(path.replace('ID', id), OURS);
      return [answer.status, await answer.text()];
    };
    expect((await asked('ours'))[0]).toBe(200);
    expect(await asked('theirs')).toEqual(await asked('nobody'));
    expect((await asked('theirs'))[0]).toBe(404);
  }
});

test('nothing can be done at the other line, nor asked of the plant as a whole', async () => {
  const piece = { type: 'piece', key: 'x', meter: 'theirs.slabs', piece: '9', amount: 1, at: minute(5) };
  expect((await it.post('/v1/entries', piece, OURS)).status).toBe(403);
  const act = (id: string) => it.post(`/v1/alarms/${id}.yield/hour/acknowledge`, {}, OURS);
  expect([(await act('theirs')).status, (await act('ours')).status]).toEqual([404, 200]);
  for (const path of ['/metrics', '/v1/system']) expect([path, (await it.get(path, OURS)).status]).toEqual([path, 403]);
});

test('the stream has the own line only, whatever is subscribed', async () => {
  const url = `${it.url.replace('http', 'ws')}/v1/stream`;
  for (const wanted of [
    {},
    { metrics: ['**', '*'], tags: ['*'] },
    { metrics: ['theirs.*', 'ours.*'] },
    { equipment: ['**'] },
  ]) {
    const reader = new Reader(new WebSocket(url, SUBPROTOCOL, { headers: OURS }));
    await reader.subscribe({ ...wanted, records: { from: 'earliest' }, live: { everyMs: 50 } });
    expect((await reader.next('subscribed')).metrics).toContain('ours.yield');
    await reader.next('snapshot');
    let batch = await reader.next('records');
    while (batch.records.length > 0) batch = await reader.next('records');
    await reader.next('live');
    reader.socket.terminate();
    expect(JSON.stringify(reader.frames)).toContain('ours.yield');
    expect(JSON.stringify(reader.frames)).not.toContain('theirs');
  }
});
