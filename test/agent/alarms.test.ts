import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OPEN } from '../../agent/access/access.ts';
import { lockStepClock } from '../../agent/clock.ts';
import { AlarmView } from '../../agent/http/contract.ts';
import { createHttp, type HttpServer } from '../../agent/http/server.ts';
import { Pipeline } from '../../agent/pipeline.ts';
import type { Store } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { WireRecord } from '../../agent/stream/protocol.ts';
import { Waiters } from '../../agent/waiters.ts';
import { wireTimeOf } from '../../agent/wire.ts';
import { at, FIXED, planOf, sample } from '../support/engineKit.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { aSystem } from './aSystem.ts';
import { plant } from './streamKit.ts';

/** Operators' hands on alarms, over HTTP and through the log. */

const T = at('2026-11-23T10:00:00+08:00');
const plan = planOf({
  windows: ['minute'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
    { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
  ],
  metrics: [
    { id: 'line.energy', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'], limit: { op: '<=', bound: 100 } },
    { id: 'line.share', unit: 't/kWh', numerator: ['mass'], denominator: ['energy'] },
  ],
});
const time = wireTimeOf(plan.calendar);
const PATH = '/v1/alarms/line.energy/minute';
const log = recordedLog();

let folder: ReturnType<typeof temporaryFolder>;
let store: LogStore;
let isFull: boolean;
let agent: Awaited<ReturnType<typeof start>>;

/** Pipeline, log and HTTP as the agent puts them together; `run` feeds minutes of so many kWh for a tonne. */
async function start(from: number) {
  const clock = lockStepClock(from, from + 3_600_000);
  const pacer = clock.pacer();
  const commits = new Waiters();
  const committed = (): void => commits.wake();
  const failing: Store = {
    ...store,
    write: (work) => (isFull ? Promise.reject(new Error('SQLITE_FULL')) : store.write(work)),
  };
  const options = { plan, store: failing, clock, log, time, ...FIXED, committed };
  const pipeline = await Pipeline.open(options);
  const stop = new AbortController();
  const working = [pipeline.keepTime(stop.signal), pipeline.keepCommitting(stop.signal)];
  const server: HttpServer = await createHttp({
    ...{
      access: OPEN,
      host: '127.0.0.1',
      port: 0,
      plant: () => plant,
      store,
      clock,
      wireTime: time,
      log,
      registry: new Registry(),
    },
    live: { values: () => [] },
    health: () => ({ ready: true, reasons: [] }),
    entries: { enter: async () => 'spent' },
    alarms: { ledger: () => pipeline.ledger, act: (action, from) => pipeline.act(action, from) },
    explain: async () => ({ refusal: 'no such metric', status: 404 }),
    system: async () => aSystem,
  });
  let [now, kwh, t] = [from, 0, 0];
  return {
    url: server.url,
    async run(...minutes: number[]) {
      for (const energy of [0, ...minutes]) {
        if (energy > 0) now += 60_000;
        await pacer.until(now);
        kwh += energy;
        t += energy > 0 ? 1 : 0;
        await pipeline.accept([sample('kwh', now, kwh), sample('t', now, t)]);
      }
      const seen = store.lastSeq();
      await pacer.until(now + 10_000);
      await pipeline.accept([]);
      await commits.until(() => store.lastSeq() > seen);
    },
    async stop() {
      stop.abort();
      pacer.leave();
      await Promise.all(working);
      await server.close('shutdown');
    },
  };
}

beforeEach(async () => {
  folder = temporaryFolder();
  isFull = false;
  store = await openStore({ file: join(folder.path, 'log.db'), wireTime: time });
  agent = await start(T);
});
afterEach(async () => {
  await agent.stop();
  await store.close();
  folder.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(agent.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const listed = async (): Promise<AlarmView[]> =>
  AlarmView.array().parse(await (await fetch(`${agent.url}/v1/alarms`)).json());
const told = async (): Promise<unknown[]> =>
  (await store.read(0, 1_000)).flatMap(({ kind, seq, at, body }) => {
    if (kind !== 'alarm') return [];
    const record = WireRecord.parse({ kind, seq, at, body: JSON.parse(body) });
    return record.kind === 'alarm' ? [`${record.body.from} → ${record.body.to}, ${record.body.who}`] : [];
  });

test('an excursion is listed, acknowledged in the log before it is answered, and known again after a restart', async () => {
  await agent.run(150);
  expect(await listed()).toMatchObject([
    { metric: 'line.energy', state: 'excursion', unacknowledged: true, value: 150, shelved: null },
  ]);
  const answer = await post(`${PATH}/acknowledge`, { who: 'Wei', reason: 'a cold furnace' });
  expect([answer.status, AlarmView.parse(await answer.json()).state]).toEqual([200, 'acknowledged']);
  expect(await told()).toEqual(['normal → excursion, null', 'excursion → acknowledged, Wei']);
  expect((await post(`${PATH}/acknowledge`, { who: 'Li' })).status).toBe(200);
  expect(await told()).toHaveLength(2);
  await agent.stop();
  agent = await start(T + 120_000);
  expect(await listed()).toMatchObject([{ metric: 'line.energy', state: 'acknowledged', unacknowledged: false }]);
});

test('an alarm is shelved until a time and taken back', async () => {
  await agent.run(150);
  const until = time(T + 1_800_000);
  const answer = await post(`${PATH}/shelve`, { who: 'Wei', reason: 'meter test', until });
  expect(await answer.json()).toMatchObject({ state: 'shelved', shelved: { until, who: 'Wei', reason: 'meter test' } });
  expect(await (await post(`${PATH}/unshelve`, { who: 'Li' })).json()).toMatchObject({ state: 'excursion' });
  expect(await told()).toEqual(['normal → excursion, null', 'excursion → shelved, Wei', 'shelved → excursion, Li']);
});

test('what cannot be done is refused with a code and a sentence, and changes nothing', async () => {
  const who = { who: 'Wei' };
  expect((await post(`${PATH}/acknowledge`, who)).status).toBe(409);
  await agent.run(150);
  const until = time(T + 1_800_000);
  const refused: [string, unknown, number][] = [
    [`${PATH}/acknowledge`, {}, 400],
    [`${PATH}/acknowledge`, { who: '  ' }, 400],
    [`${PATH}/acknowledge`, { who: 'x'.repeat(101) }, 400],
    [`${PATH}/acknowledge`, { ...who, colour: 'red' }, 400],
    [`${PATH}/acknowledge`, { ...who, until }, 400],
    [`${PATH}/acknowledge`, '{', 400],
    [`${PATH}/acknowledge`, '[]', 400],
    [`${PATH}/shelve`, { ...who, until }, 400],
    [`${PATH}/shelve`, { ...who, reason: 'r', until: 'tomorrow' }, 400],
    [`${PATH}/shelve`, { ...who, reason: 'r', until: time(T) }, 400],
    [`${PATH}/shelve`, { ...who, reason: 'r', until: time(T + 40 * 86_400_000) }, 400],
    [`${PATH}/silence`, who, 400],
    ['/v1/alarms/line.energy/week/acknowledge', who, 400],
    ['/v1/alarms/line.energy/hour/acknowledge', who, 404],
    ['/v1/alarms/line.share/minute/acknowledge', who, 404],
    ['/v1/alarms/__proto__/minute/acknowledge', who, 400],
    ['/v1/alarms', who, 405],
  ];
  for (const [path, body, status] of refused) {
    const answer = await post(path, body);
    expect([path, body, answer.status]).toEqual([path, body, status]);
    expect(await answer.json()).toMatchObject({ error: expect.any(String) });
  }
  expect((await post(`${PATH}/acknowledge`, who, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await post(`${PATH}/acknowledge`, who, { 'content-type': 'text/plain' })).status).toBe(415);
  expect(
    (await post(`${PATH}/acknowledge`, 'who=Wei', { 'content-type': 'application/x-www-form-urlencoded' })).status,
  ).toBe(415);
  expect(await told()).toEqual(['normal → excursion, null']);
});

test('while the log takes no records nothing is done, and said so', async () => {
  await agent.run(150);
  isFull = true;
  expect((await post(`${PATH}/acknowledge`, { who: 'Wei' })).status).toBe(503);
  isFull = false;
  expect(await listed()).toMatchObject([{ state: 'excursion' }]);
  expect((await post(`${PATH}/acknowledge`, { who: 'Wei' })).status).toBe(200);
  expect(await listed()).toMatchObject([{ state: 'acknowledged' }]);
});
