import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, get as request } from 'node:http';
import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, test } from 'vitest';
import type { Store } from '../../agent/store/contract.ts';
import { evaluation, type HttpKit, httpKit, minute } from './httpKit.ts';
import { down, figures, HOUR, START, wireTime } from './streamKit.ts';

/** The past over HTTP as tables for spreadsheets. */

let kit: HttpKit;
afterEach(() => kit.close());

describe('tables', () => {
  const csvOf = async (path: string, headers: Record<string, string> = { accept: 'text/csv' }): Promise<string> => {
    const answer = await kit.get(path, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    return Buffer.from(await answer.arrayBuffer()).toString();
  };
  const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true, bom: true });

  test('of figures: with the sums above and below the line', async () => {
    kit = await httpKit();
    const window = { kind: 'hour', start: wireTime(START), end: wireTime(START + HOUR), product: '=1+1' } as const;
    const cells = evaluation(0, { window, reason: 'incomplete', value: null, equipment: 'a"b,\r\nc' });
    await kit.store.write((tx) => tx.append([cells, evaluation(1)]));
    const csv = await csvOf('/v1/metrics/mill.energy?window=hour');
    expect(csv.startsWith('\uFEFFmetric,equipment,window,start,end,')).toBe(true);
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(rowsOf(csv)).toMatchObject([
      { equipment: 'a"b,\r\nc', product: "'=1+1", value: '', reason: 'incomplete', start: '2026-01-01T00:00:00.000Z' },
      { value: '-2.5', numerator: '105000', denominator: '88.5', flags: 'rollover estimated', measured: '0.5' },
    ]);
  });

  test('of minutes and records, asked for in either way', async () => {
    kit = await httpKit();
    await kit.store.write(async (tx) => {
      await tx.saveMinutes([minute(0)]);
      await tx.append([evaluation(0), down]);
    });
    const minutes = await csvOf('/v1/tags/mill.power/history?format=csv', {});
    expect(rowsOf(minutes)).toEqual([
      {
        ...{ tag: 'mill.power', minute: '2026-01-01T00:00:00.000Z' },
        ...{ min: '-1', max: '3', mean: '1e-7', last: '', goodShare: '0.5', unit: 'kW', scale: '1' },
      },
    ]);
    const records = rowsOf(await csvOf('/v1/records'));
    expect(records.map(({ seq, kind, about }) => [seq, kind, about])).toEqual([
      ['1', 'evaluation', 'mill.energy'],
      ['2', 'endpoint', 'plc'],
    ]);
    expect(JSON.parse(records[1]!.body!)).toEqual(down.body);
    const asJson = await kit.get('/v1/records?format=json', { accept: 'text/csv' });
    expect(asJson.headers.get('content-type')).toContain('application/json');
    expect(rowsOf(await csvOf('/v1/records?limit=1'))).toHaveLength(1);
    expect((await kit.get('/v1/metrics/none?window=hour&format=csv')).status).toBe(404);
  });

  test('are read by Python as they were written', async (context) => {
    const script =
      'import csv,json,sys;json.dump(list(csv.DictReader(open(0,newline="",encoding="utf-8-sig"))),sys.stdout)';
    if (spawnSync('python3', ['-c', 'import csv']).status !== 0) return context.skip('there is no python3');
    kit = await httpKit();
    const odd = ['a"b', 'a,b', 'a\nb', 'a\rb', '铝液', "'", ' x '];
    await kit.store.write((tx) => tx.append(odd.map((equipment, hour) => evaluation(hour, { equipment }))));
    const csv = await csvOf('/v1/metrics/mill.energy?window=hour');
    const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input: csv, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout).map(({ equipment }: { equipment: string }) => equipment)).toEqual(odd);
  });

  test('no cell is a formula to a spreadsheet', async () => {
    kit = await httpKit();
    const bad = ['=1', '+1', '-1', '@x', '\t=1', '\r=1', '＝1'];
    await kit.store.write((tx) => tx.append(bad.map((equipment, hour) => evaluation(hour, { equipment }))));
    const rows = rowsOf(await csvOf('/v1/metrics/mill.energy?window=hour'));
    expect(rows.map(({ equipment }) => equipment)).toEqual(bad.map((text) => `'${text}`));
  });

  test('are read a page at a time, only as they are taken, and not for a reader who has left', async () => {
    const gate = new Gate();
    kit = await httpKit(({ store }) => ({ store: gate.before(store) }));
    for (let part = 0; part < 5; part++) await kit.store.write((tx) => tx.append(figures(4_000, 2_000)));
    const table = async (): Promise<IncomingMessage> => {
      gate.reads = 0;
      const [answer] = await once(request(`${kit.server.url}/v1/records?format=csv`), 'response');
      return answer as IncomingMessage;
    };
    // A chunk may end between the two characters of a line's end.
    let text = '';
    for await (const chunk of await table()) text += String(chunk);
    expect([text.split('\r\n').length - 1, gate.reads, gate.most]).toEqual([20_001, 40, 501]);

    const idle = await table();
    expect(await gate.readsOneByOne(kit), 'of 40 pages only what the sockets hold').toBeLessThan(20);
    idle.destroy();
    const taken = gate.reads;
    expect(await gate.readsOneByOne(kit)).toBeLessThanOrEqual(taken + 2);
  });

  test('are so many at a time; the next one is asked to come again', async () => {
    const gate = new Gate();
    kit = await httpKit(({ store }) => ({ store: gate.before(store) }));
    await kit.store.write((tx) => tx.append(figures(6_000, 2_000)));
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const [answer] = await once(request(`${kit.server.url}/v1/records?format=csv`), 'response');
        return answer as IncomingMessage;
      }),
    );
    const ninth = await kit.get('/v1/records?format=csv');
    expect([ninth.status, ninth.headers.get('content-disposition')]).toEqual([503, null]);
    expect(await ninth.json()).toMatchObject({ error: 'unavailable', message: expect.stringContaining('8 tables') });
    for (const answer of answers) answer.destroy();
    await expect.poll(async () => (await kit.get('/v1/records?format=csv&limit=1')).status).toBe(200);
  });

  test('are not read when only their head is asked for', async () => {
    const gate = new Gate();
    kit = await httpKit(({ store }) => ({ store: gate.before(store) }));
    const answer = await fetch(`${kit.server.url}/v1/records?format=csv`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type'), gate.reads]).toEqual([
      200,
      'text/csv; charset=utf-8',
      0,
    ]);
  });

  test('that cannot be read to the end break off, and never look complete', async () => {
    const failing = (store: Store): Store => ({
      ...store,
      epoch: store.epoch,
      read: (after, limit) => (after > 400 ? Promise.reject(new Error('I/O')) : store.read(after, limit)),
    });
    kit = await httpKit(({ store }) => ({ store: failing(store) }));
    await kit.store.write((tx) => tx.append(figures(1_500)));
    const answer = await kit.get('/v1/records?format=csv');
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  test('do not go on in another log', async () => {
    let epoch = 'before';
    const replaced = (store: Store): Store => ({
      ...store,
      get epoch() {
        return epoch;
      },
      async read(after, limit) {
        if (after > 400) epoch = 'after';
        return store.read(after, limit);
      },
    });
    kit = await httpKit(({ store }) => ({ store: replaced(store) }));
    await kit.store.write((tx) => tx.append(figures(1_500)));
    await expect((await kit.get('/v1/records?format=csv')).text()).rejects.toThrow();
  });
});

/** Stands before a store's reads: counts them, and lets them pass one by one. */
class Gate {
  reads = 0;
  most = 0;
  #isOpen = true;
  #waiting: (() => void)[] = [];

  before(store: Store): Store {
    const read: Store['read'] = async (after, limit) => {
      this.reads++;
      this.most = Math.max(this.most, limit);
      if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return store.read(after, limit);
    };
    return { ...store, epoch: store.epoch, read };
  }

  /** How many there are when each is let pass, and the server gets its turn many times before the next: all that come. */
  async readsOneByOne({ get }: HttpKit): Promise<number> {
    this.#isOpen = false;
    for (let before = -1; this.reads !== before; ) {
      before = this.reads;
      this.#waiting.shift()?.();
      for (let turn = 0; turn < 50 && this.reads === before; turn++) await (await get('/healthz')).text();
    }
    this.#isOpen = true;
    return this.reads;
  }
}
