import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditDesk } from '../../agent/auditDesk.ts';
import { leaveNote } from '../../agent/auditInbox.ts';
import { anchorFrom } from '../../agent/store/anchor.ts';
import type { AuditRow } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { examineTrail } from '../../agent/store/trail.ts';
import { recordedLog } from '../support/logs.ts';
import { ended, temporaryFolder } from '../support/process.ts';
import { wireTime } from './streamKit.ts';

/** The audit trail: what gets in, and what is found when somebody has changed it. */

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let store: LogStore;
let isFull: boolean;
let logged: { event: string }[];
let now: number;
const registry = (): Registry => new Registry();

beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder.path, 'pertonne.db');
  store = await openStore({ file, wireTime });
  [isFull, logged, now] = [false, [], 1_000_000];
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

function desk(own = registry()): AuditDesk {
  const failing: typeof store.write = (work) => (isFull ? Promise.reject(new Error('SQLITE_FULL')) : store.write(work));
  const log = recordedLog((line) => logged.push(JSON.parse(line)));
  const clock = { now: () => now, wall: () => now, delay: async () => {} };
  return new AuditDesk({ store: { ...store, write: failing }, file, clock, log, registry: own });
}
const note = (action: string, detail: object = {}) => ({ who: 'Wang', from: '192.0.2.1', action, detail });
const rows = (): Promise<AuditRow[]> => store.auditTrail(0, 5_000);
const actions = async (): Promise<string[]> => (await rows()).map(({ text }) => JSON.parse(text).action);
const verified = () => ended('audit', 'verify', '--data', folder.path);

/** A trail of so many rows. */
async function written(count: number): Promise<AuditRow[]> {
  const one = desk();
  for (let n = 1; n <= count; n++) one.add(note('login', { n }));
  await one.close();
  return rows();
}
/** As somebody does who can write the file. */
async function tampered(sql: string): Promise<void> {
  const database = await openSqlite(file);
  await database.exec(`DROP TRIGGER audit_is_final; DROP TRIGGER audit_is_kept; ${sql}`);
  await database.close();
}

describe('a trail that somebody has changed is found out', () => {
  test.each([
    ['a row was changed', `UPDATE audit SET text = replace(text, 'Wang', 'Li') WHERE id = 3`, /row 3 does not follow/],
    ['its time was changed', 'UPDATE audit SET at = at + 1 WHERE id = 4', /row 4 does not follow/],
    ['a row was taken out', 'DELETE FROM audit WHERE id = 3', /row 3 is missing: row 4 follows/],
    ['the first was taken out', 'DELETE FROM audit WHERE id = 1', /row 1 is missing/],
    [
      'two changed places',
      'UPDATE audit SET id = -1 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = -1',
      /row 3 does not follow/,
    ],
    ['its end was cut off', 'DELETE FROM audit WHERE id > 4', /ends with row 4, and had row 6: its end was cut off/],
    ['all is gone', 'DELETE FROM audit', /ends with row 0, and had row 6/],
    ['one was put in', `INSERT INTO audit VALUES (7, 0, '{}', 'ab')`, /row 7 does not follow/],
  ])('%s', async (_, sql, words) => {
    await written(6);
    expect(await verified()).toMatchObject({ code: 0, out: expect.stringContaining('6 rows') });
    await tampered(sql);
    expect(await verified()).toMatchObject({ code: 1, out: expect.stringMatching(words) });
  });

  test('all was written anew, in a chain of its own: by an anchor', async () => {
    const before = await written(3);
    const anchor = { id: 3, hash: before[2]!.hash };
    await store.close();
    rmSync(file);
    store = await openStore({ file, wireTime });
    now++;
    const after = await written(5);
    const read = async (first: number): Promise<AuditRow[]> => after.filter(({ id }) => id > first);
    expect((await examineTrail(read, [])).faults).toEqual([]);
    expect((await examineTrail(read, [anchor])).faults).toEqual([expect.stringContaining('row 3 is not the one')]);
    const outside = await ended('audit', 'verify', '--data', folder.path, '--anchor', `3:${anchor.hash}`);
    expect(outside).toMatchObject({ code: 1, out: expect.stringContaining('row 3 is not the one of the anchor') });
  });

  test('the file that says where it ends is gone, or says nothing', async () => {
    await written(2);
    writeFileSync(join(folder.path, 'audit-last'), 'nothing');
    expect(await verified()).toMatchObject({ code: 1, out: expect.stringContaining('gone or damaged') });
    rmSync(join(folder.path, 'audit-last'));
    expect(await verified()).toMatchObject({ code: 1, out: expect.stringContaining('gone or damaged') });
  });

  test('also by an agent that starts, which says so in the log and the trail', async () => {
    await written(3);
    await tampered('DELETE FROM audit WHERE id > 1');
    const one = desk();
    await one.begin();
    await one.close();
    expect(logged.map(({ event }) => event)).toContain('audit-trail-differs');
    expect(await actions()).toEqual(['login', 'trail-differs']);
  });
});

describe('what happens', () => {
  test('is written once the store takes it, in its order; beyond a thousand the oldest goes and is counted', async () => {
    const own = registry();
    const one = desk(own);
    isFull = true;
    for (let n = 0; n < 1_003; n++) one.add(note('login', { n }));
    await one.close();
    expect(await rows()).toEqual([]);
    isFull = false;
    await one.close();
    expect((await rows()).map(({ text }) => JSON.parse(text).detail.n)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n + 3),
    );
    expect(await own.getSingleMetricAsString('pertonne_audit_left_out_total')).toContain('{why="store"} 3');
  });

  test('is a refusal five hundred times an hour at most; how many more there were is told later', async () => {
    const one = desk();
    for (let n = 0; n < 700; n++) one.add(note('refused'));
    now += 3_600_000;
    one.add(note('refused'));
    await one.close();
    const all = await rows();
    expect(all).toHaveLength(502);
    expect(JSON.parse(all[500]!.text)).toMatchObject({ action: 'refusals-left-out', detail: { count: 200 } });
  });

  test('is one line in the log and one in the list, whatever a name holds', async () => {
    const lines: string[] = [];
    const log = recordedLog((line) => lines.push(line));
    const clock = { now: () => now, wall: () => now, delay: async () => {} };
    const one = new AuditDesk({ store, file, clock, log, registry: registry() });
    one.add({ ...note('login'), who: 'x\r\n{"event":"audit","who":"admin"}\u2028\u001b[2J' });
    await one.close();
    expect(lines).toHaveLength(1);
    expect(
      lines[0]!
        .trimEnd()
        .split('')
        .filter((one) => one < ' '),
    ).toEqual([]);
    const { out, code } = await ended('audit', 'list', '--data', folder.path);
    expect([code, out.split('\n')]).toEqual([0, [expect.stringContaining('\\r\\n')]]);
    expect(JSON.parse(out)).toMatchObject({ id: 1, action: 'login', at: new Date(now).toISOString() });
  });

  test('on the command line is taken up by the agent, with who did it', async () => {
    await leaveNote(folder.path, 0, 'token-added', { token: 'scada' });
    await leaveNote(folder.path, 1, 'token-removed', { token: 'scada' });
    mkdirSync(join(folder.path, 'audit-inbox'), { recursive: true });
    writeFileSync(join(folder.path, 'audit-inbox/zzz.json'), '{"who":1}');
    const one = desk();
    isFull = true;
    const stop = new AbortController();
    const keeping = one.keepInbox(folder.path, stop.signal);
    await expect.poll(() => logged.some(({ event }) => event === 'audit-not-written')).toBe(true);
    expect(readdirSync(join(folder.path, 'audit-inbox'))).toHaveLength(3);
    isFull = false;
    await expect.poll(() => readdirSync(join(folder.path, 'audit-inbox'))).toEqual([]);
    stop.abort();
    await keeping;
    await one.close();
    expect(new Set(await actions())).toEqual(new Set(['token-added', 'token-removed', 'note-unreadable']));
    expect(JSON.parse((await rows())[0]!.text)).toMatchObject({ who: expect.any(String), from: 'command line' });
  });
});

test('of the end of the trail is kept what verify prints', async () => {
  const all = await written(2);
  const { out } = await verified();
  expect(anchorFrom(out.split('\n').at(-1)!)).toEqual({ id: 2, hash: all[1]!.hash });
  expect(anchorFrom(readFileSync(join(folder.path, 'audit-last'), 'utf8'))).toEqual({ id: 2, hash: all[1]!.hash });
  expect(existsSync(join(folder.path, 'audit-inbox'))).toBe(false);
  const empty = temporaryFolder();
  expect(await ended('audit', 'verify', '--data', empty.path)).toMatchObject({ code: 3 });
  expect(await ended('audit', 'dance')).toMatchObject({ code: 2, err: expect.stringContaining('verify or list') });
  empty.remove();
});
