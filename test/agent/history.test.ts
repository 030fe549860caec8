import { afterEach, describe, expect, test } from 'vitest';
import { type HttpKit, httpKit, minute } from './httpKit.ts';
import { down, figure, figures, START, wireTime } from './streamKit.ts';

/** The past over HTTP: pages and cursors. */

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
      ...{ tag: 'mill.power', unit: 'kW', scale: 1, minutes: [first, second, third], next: null },
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
