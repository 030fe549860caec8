import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, get as request } from 'node:http';
import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { evaluationKey, type NewRecord, type Store } from '../../agent/store/contract.ts';
import { EvaluationBody } from '../../agent/stream/protocol.ts';
import { type HttpKit, httpKit } from './httpKit.ts';
import { down, figure, figures, HOUR, START, wireTime } from './streamKit.ts';

/** The past over HTTP: pages, cursors and tables. */

let kit: HttpKit;
afterEach(() => kit.close());

interface AnyPage {
  readonly next: string | null;
  readonly [rows: string]: unknown;
}

/** All pages of a list, by its cursors; `rows` names their field. */
async function pagesOf(path: string, rows: string): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page = (await kit.json(next === '' ? path : `${path}&cursor=${next}`)) as AnyPage;
    pages.push(page[rows] as unknown[]);
    next = page.next;
  }
  return pages;
}

/** A whole evaluation, as the agent writes it. */
function evaluation(hour: number, change: Partial<z.input<typeof EvaluationBody>> = {}): NewRecord {
  const start = START + hour * HOUR;
  const amount = { unit: 't', coefficient: 1, statusCode: 'good', coverage: { known: 1, measured: 1 } } as const;
  const body = EvaluationBody.parse({
    ...{ metric: 'mill.energy', equipment: 'acme/mill', revision: 1, value: -2.5, unit: 'kWh/t', statusCode: 'good' },
    ...{ reason: null, coverage: { known: 1, measured: 0.5 }, baseline: null, config: 'sha256:0' },
    window: { kind: 'hour', start: wireTime(start), end: wireTime(start + HOUR) },
    amounts: [
      { ...amount, meter: 'kwh', role: 'numerator', value: 52_500, coefficient: 2, flags: ['rollover'] },
      { ...amount, meter: 'coils', role: 'denominator', value: 88.5, flags: ['estimated', 'rollover'] },
    ],
    limit: null,
    ...change,
  });
  return { kind: 'evaluation', at: start + HOUR, key: evaluationKey(body.metric, { kind: 'hour', start }), body };
}

const minute = (n: number) => ({
  ...{ tag: 'mill.power', minute: START + n * 60_000, min: -1, max: 3, mean: 1e-7, last: null, goodShare: 0.5 },
});

describe('pages', () => {
  test('of figures: newest revisions as they were stored, by time', async () => {
    kit = await httpKit();
    const stored = figures(4);
    const corrected = figure('mill.energy', 1, 42);
    await kit.store.write((tx) => tx.append([...stored, corrected]));
    const path = '/v1/metrics/mill.energy?window=hour';
    const all = [stored[0]!.body, corrected.body, stored[2]!.body, stored[3]!.body];
    expect(await kit.json(path)).toEqual({ metric: 'mill.energy', figures: all, next: null });
    const span = `${path}&from=2026-01-01T09:00:00%2B08:00&to=2026-01-01T03:00:00Z`;
    expect(await pagesOf(span, 'figures')).toEqual([[corrected.body, stored[2]!.body]]);
    expect(await pagesOf(`${path}&limit=3`, 'figures')).toEqual([all.slice(0, 3), all.slice(3)]);
    expect(await pagesOf(`${path}&limit=2`, 'figures')).toEqual([all.slice(0, 2), all.slice(2)]);
    expect(await pagesOf(`${span}&limit=1`, 'figures')).toEqual([[all[1]], [all[2]]]);
    expect(await kit.json(`${path}&from=2026-01-01T09:00:00+08:00&limit=1`)).toMatchObject({ figures: [all[1]] });
    expect(await pagesOf('/v1/metrics/mill.energy?window=day', 'figures')).toEqual([[]]);
    expect((await kit.get('/v1/metrics/unknown?window=hour')).status).toBe(404);
  });

  test("of a tag's minutes", async () => {
    kit = await httpKit();
    await kit.store.write((tx) => tx.saveMinutes([minute(0), minute(1), minute(2)]));
    const [first, second, third] = [0, 1, 2].map((n) => ({ ...minute(n), minute: wireTime(START + n * 60_000) }));
    const path = '/v1/tags/mill.power/history';
    expect(await kit.json(path)).toEqual({
      ...{ tag: 'mill.power', unit: 'kW', minutes: [first, second, third], next: null },
    });
    expect(await pagesOf(`${path}?limit=2`, 'minutes')).toEqual([[first, second], [third]]);
    expect(await pagesOf(`${path}?to=${wireTime(START + 60_000)}`, 'minutes')).toEqual([[first]]);
    expect((await kit.get('/v1/tags/unknown/history')).status).toBe(404);
  });

  test('of records: all, or some kinds, however far apart', async () => {
    kit = await httpKit();
    for (let part = 0; part < 3; part++)
      await kit.store.write((tx) =>
        tx.append([...Array.from({ length: 9_000 }, () => figure('mill.energy', part, 1)), down]),
      );
    const { epoch } = kit.store;
    expect(await kit.json('/v1/records?after=26998&limit=2')).toMatchObject({
      ...{ epoch, firstSeq: 1, lastSeq: 27_003, records: [{ seq: 26_999 }, { seq: 27_000 }], next: expect.any(String) },
    });
    const seqs = async (query: string): Promise<number[][]> =>
      (await pagesOf(`/v1/records?${query}`, 'records')).map((page) =>
        (page as { seq: number }[]).map(({ seq }) => seq),
      );
    expect(await seqs('after=26999&limit=2')).toEqual([
      [27_000, 27_001],
      [27_002, 27_003],
    ]);
    expect(await seqs('kinds=endpoint&limit=1')).toEqual([[9_001], [18_002], [27_003]]);
    expect(await seqs('kinds=endpoint,alarm&after=18002')).toEqual([[27_003]]);
    expect(await seqs('kinds=alarm')).toEqual([[], []]);
    expect(await kit.json('/v1/records?kinds=endpoint&after=27003')).toMatchObject({ records: [], next: null });
  });

  test('a cursor is good for its own list and log only', async () => {
    kit = await httpKit();
    await kit.store.write((tx) => tx.append(figures(3)));
    const path = '/v1/metrics/mill.energy?window=hour&limit=1';
    const { next } = (await kit.json(path)) as AnyPage;
    const status = async (asked: string): Promise<number> => (await kit.get(asked)).status;
    expect(await status(`${path}&cursor=${next}`)).toBe(200);
    expect(await status(`/v1/metrics/mill.energy?window=day&cursor=${next}`)).toBe(400);
    expect(await status(`/v1/records?cursor=${next}`)).toBe(400);
    for (const bad of ['', 'x', 'W10', Buffer.from('["records"]').toString('base64url')])
      expect(await status(`/v1/records?cursor=${bad}`)).toBe(400);
    const foreign = Buffer.from(JSON.stringify(['records', 'another log', 1])).toString('base64url');
    const gone = await kit.get(`/v1/records?cursor=${foreign}`);
    expect([gone.status, await gone.json()]).toEqual([
      410,
      { error: 'gone', message: expect.stringContaining('anew') },
    ]);
  });
});

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
        ...{ min: '-1', max: '3', mean: '1e-7', last: '', goodShare: '0.5' },
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
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: csv, encoding: 'utf8' });
    expect(stderr).toBe('');
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
    let rows = 0;
    for await (const chunk of await table()) rows += String(chunk).split('\r\n').length - 1;
    expect([rows, gate.reads, gate.most]).toEqual([20_001, 40, 501]);

    const idle = await table();
    expect(await gate.readsOneByOne(kit), 'of 40 pages only what the sockets hold').toBeLessThan(20);
    idle.destroy();
    const taken = gate.reads;
    expect(await gate.readsOneByOne(kit)).toBeLessThanOrEqual(taken + 2);
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
