import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Configured } from '../../agent/configured.ts';
import { lostLines } from '../../agent/offline/lost.ts';
import { recordTo } from '../../agent/offline/recorder.ts';
import type { AuditEvent, Store } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import type { ConfigBody } from '../../agent/stream/protocol.ts';
import { FIXED, planOf } from '../support/engineKit.ts';
import { temporaryFolder } from '../support/process.ts';
import { pipelineOn, time } from './pipelineKit.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const energy = {
  id: 'energy',
  kind: 'counter',
  tag: 'kwh',
  quantity: 'electricity',
  unit: 'kWh',
  maxRate: 1e6,
} as const;
const definedAs = (text: string): Configured['definitions'] => ({
  meters: new Map([['energy', text]]),
  derived: new Map(),
});
const limited = (bound: number, definition = 'the same', scale = 1): Configured => ({
  plan: planOf({
    windows: ['minute'],
    meters: [{ ...energy, scale }],
    metrics: [{ id: 'ratio', unit: '', numerator: ['energy'], denominator: ['energy'], limit: { op: '<=', bound } }],
  }),
  fingerprint: `bound ${bound}`,
  definitions: definedAs(definition),
});
const body: ConfigBody = { before: 'bound 2', after: 'bound 0.5', changes: [], more: 0, redefined: [], waiting: [] };

async function storeIn(name: string): Promise<LogStore> {
  mkdirSync(join(folder.path, name));
  return openStore({ file: join(folder.path, name, 'log.db'), wireTime: time });
}

/** What the log tells in the order in which it does: figures by bound and fingerprint, all else by its kind. */
const told = async (store: Store): Promise<string[]> =>
  (await store.read(0, 1_000)).flatMap(({ kind, body }) => {
    const { metric, window, limit, config, event, value } = JSON.parse(body);
    if (kind === 'evaluation' && metric === 'ratio') return [`${window.start.slice(14, 16)} ${limit.bound} ${config}`];
    if (kind === 'evaluation') return [`${window.start.slice(14, 16)} ${value} kWh`];
    return [kind === 'meter' ? event : kind];
  });

/** One kilowatt-hour every ten seconds, the rules told by the `change` when it is its time. */
async function story(store: Store, to: Configured, at = 90): Promise<void> {
  const { pipeline, read, end } = await pipelineOn(store, limited(2));
  for (let seconds = 0; seconds <= 190; seconds += 10) {
    await read(seconds, seconds / 10);
    if (seconds === at)
      pipeline.reconfigure(to, (redefined) => ({ body: { ...body, redefined: [...redefined] }, cause: 'signal' }));
  }
  await end();
}

describe('a configuration that is replaced while it runs', () => {
  test('judges the windows from then on; what had ended is told under the one before it', async () => {
    const store = await storeIn('judged');
    await story(store, limited(0.5));
    expect(await told(store)).toEqual([
      ...['00 6 kWh', '00 2 bound 2', 'config'],
      ...['01 6 kWh', '01 0.5 bound 0.5', 'alarm', '02 6 kWh', '02 0.5 bound 0.5'],
    ]);
    const [row] = await store.auditTrail(0, 10);
    expect(JSON.parse(row!.text) as AuditEvent).toMatchObject({
      action: 'config',
      who: null,
      detail: { ...body, cause: 'signal' },
    });
    await store.close();
  });

  test('just as a window ends closes it by the one that filled it, and what still comes revises it by the new one', async () => {
    const store = await storeIn('border');
    await story(store, limited(0.5), 120);
    expect((await told(store)).filter((one) => !one.endsWith('kWh'))).toEqual([
      ...['00 2 bound 2', '01 2 bound 2', 'config', '01 0.5 bound 0.5', 'alarm', '02 0.5 bound 0.5'],
    ]);
    await store.close();
  });

  test('makes a meter count anew whose readings mean something else, which the log and its figure say', async () => {
    const store = await storeIn('anew');
    await story(store, limited(2, 'another', 10));
    const [, , config, note, minute] = await store.read(0, 10);
    expect(JSON.parse(config!.body)).toMatchObject({ redefined: ['energy'] });
    expect(JSON.parse(note!.body)).toMatchObject({ meter: 'energy', event: 'redefined' });
    expect(JSON.parse(minute!.body)).toMatchObject({ value: null, amounts: [{ value: 20, flags: ['redefined'] }] });
    await store.close();
  });

  test('while the disk takes nothing leaves what waits to the configuration under which it happened', async () => {
    const store = await storeIn('full');
    let isFull = true;
    const failing: Store = {
      ...store,
      write: (work) => (isFull ? Promise.reject(new Error('SQLITE_FULL')) : store.write(work)),
    };
    const { pipeline, read, end } = await pipelineOn(failing, limited(2));
    for (let seconds = 0; seconds <= 130; seconds += 10) {
      await read(seconds, seconds / 10);
      if (seconds === 90) pipeline.reconfigure(limited(0.5), () => ({ body, cause: 'file' }));
    }
    isFull = false;
    await end();
    expect(await told(store)).toEqual(['00 6 kWh', '00 2 bound 2', 'config', '01 6 kWh', '01 0.5 bound 0.5', 'alarm']);
    await store.close();
  });

  test('leaves a recording of which nothing is lost', async () => {
    const [store, file] = [await storeIn('recorded'), join(folder.path, 'recorded.jsonl')];
    const recorder = recordTo(file, (cause) => expect.unreachable(String(cause)));
    const { pipeline, read, end } = await pipelineOn(store, { ...limited(2), recorder });
    for (let seconds = 0; seconds <= 60; seconds += 10) {
      await read(seconds, seconds / 10);
      if (seconds === 30) pipeline.reconfigure(limited(0.5), () => ({ body, cause: 'file' }));
    }
    await end();
    await recorder.close();
    await store.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('startedAt'))).toHaveLength(2);
    const isLost = await lostLines(file);
    expect(lines.filter((line, index) => line.includes('"tag"') && isLost(index + 1))).toEqual([]);
  });

  test('without a limit ends the alarm that stood at it, whether an agent runs meanwhile or not', async () => {
    const { plan, ...rest } = limited(0.5);
    const unlimited: Configured = {
      ...rest,
      plan: planOf({ windows: ['minute'], meters: [energy] }),
      fingerprint: 'no bound',
    };
    for (const isRestart of [false, true]) {
      const store = await storeIn(isRestart ? 'gone-meanwhile' : 'gone');
      const first = await pipelineOn(store, { ...rest, plan });
      for (let seconds = 0; seconds <= 70; seconds += 10) await first.read(seconds, seconds / 10);
      if (!isRestart) first.pipeline.reconfigure(unlimited, () => ({ body, cause: 'file' }));
      await first.end();
      if (isRestart) await (await pipelineOn(store, unlimited)).end();
      const alarms = (await store.read(0, 100))
        .filter(({ kind }) => kind === 'alarm')
        .map((one) => JSON.parse(one.body));
      expect(alarms).toMatchObject([
        { from: 'normal', to: 'excursion', reason: null },
        { metric: 'ratio', from: 'excursion', to: 'normal', reason: 'its limit is no longer in the configuration' },
      ]);
      expect(await store.checkpoint()).toContain('"accounts":[]');
      if (!isRestart) expect((await told(store)).slice(-2)).toEqual(['config', 'alarm']);
      await store.close();
    }
  });

  test('while no agent runs makes such a meter count anew just the same', async () => {
    const store = await storeIn('restart');
    const first = await pipelineOn(store, limited(2));
    for (let seconds = 0; seconds <= 30; seconds += 10) await first.read(seconds, seconds / 10);
    await first.end();
    const second = await pipelineOn(store, limited(2, 'another', 10));
    for (let seconds = 40; seconds <= 70; seconds += 10) await second.read(seconds, seconds / 10);
    await second.end();
    expect(await told(store)).toEqual(['redefined', '00 null kWh', '00 2 bound 2']);
    const third = await pipelineOn(store, { ...limited(2, 'another', 10), definitions: FIXED.definitions });
    await third.end();
    expect(await store.checkpoint()).toContain('"definitions":""');
    await store.close();
  });
});
