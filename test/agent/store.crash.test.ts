import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { backUp } from '../../agent/store/backup.ts';
import type { NewRecord } from '../../agent/store/contract.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import type { GapBody } from '../../agent/stream/protocol.ts';
import { recordOf, totalUpTo } from '../support/crashRecords.ts';
import { StoreKit } from '../support/storeKit.ts';
import { unexpected } from '../support/unexpected.ts';

/** Killed at any moment, by SIGKILL or by a power cut, the log is whole. `npm run crash -- N` does it N times. */

const kit = new StoreKit();
const KILLS = Number(process.env.CRASHES ?? 25);
const COPIES = Number(process.env.CRASHES ?? 40);
const clock = realClock();

class Busy {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  readonly opened: Promise<void>;
  readonly #child: ChildProcess;

  constructor(file: string, after: number | 'opens') {
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'crashChild.ts'), file, String(after)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.opened = new Promise((resolve) => {
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        this.lines.push(line);
        if (line === 'open') resolve();
      });
    });
  }

  /** Sends a signal when the process is up to something for a random time: mostly at work, sometimes while it begins. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (Math.random() < 0.8) await this.opened;
    await clock.delay(Math.random() * 500);
    this.#child.kill(signal);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Has it stand still; resolves when each of its threads does. */
  async hold(): Promise<void> {
    this.kill('SIGSTOP');
    const threads = `/proc/${this.#child.pid}/task`;
    const stands = (thread: string): boolean => /\) T /.test(readFileSync(join(threads, thread, 'stat'), 'utf8'));
    while (existsSync(threads) && !readdirSync(threads).every(stands)) await clock.delay(1);
  }

  last(word: string): number {
    return Number(this.lines.findLast((line) => line.startsWith(word))?.split(' ')[1] ?? 0);
  }
}

/** SQLite's own: after so many frames a commit also carries them into the file. */
const AUTOMATIC_CHECKPOINT = 1_000;

/** The frames of the present generation, where transactions end, and where the last frame does (SQLite's file format, section 4). */
function framesOf(wal: Buffer): { frames: number; commits: number[]; end: number } {
  const size = 24 + wal.readUInt32BE(8);
  const salts = wal.subarray(16, 24);
  const commits: number[] = [];
  let end = 32;
  for (; end + size <= wal.length && wal.subarray(end + 8, end + 16).equals(salts); end += size)
    if (wal.readUInt32BE(end + 4) !== 0) commits.push(end + size);
  return { frames: (end - 32) / size, commits, end };
}

/** What a reader has: from one number to another, each once. */
class Received {
  upTo = 0;
  gaps = 0;

  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [word, from, to] = line.split(' ');
      expect(['open', 'told', 'sent', 'gap'], line).toContain(word);
      if (word !== 'sent' && word !== 'gap') continue;
      expect(Number(from), line).toBe(this.upTo + 1);
      if (word === 'gap') this.gaps += Number(to) - Number(from) + 1;
      this.upTo = Number(to);
    }
  }
}

/** The log is sound, without a hole, with the right content, and its checkpoint belongs to its end; resolves to that. */
async function expectWhole(file: string): Promise<number> {
  const missing: GapBody[] = [];
  const store = await kit.opened({ file, missing: (gap) => missing.push(gap) });
  const [first, last] = [store.firstSeq(), store.lastSeq()];
  const records = await store.read(0, 1_000_000);
  expect(missing).toEqual([]);
  expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
  for (const { seq, body } of records) expect(body).toBe(JSON.stringify(recordOf(seq).body));
  const checkpoint = await store.checkpoint();
  if (last > 0) expect(JSON.parse(checkpoint!)).toEqual({ seq: last, total: totalUpTo(last) });
  await store.close();
  const database = await openSqlite(file, { readOnly: true });
  expect(await database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  await database.close();
  return last;
}

// Not run once more where it fails: what was lost once is lost.
describe('a log under load, with retention, backups and a reader', { retry: 0 }, () => {
  test('killed at any moment holds all that was told or sent, and nothing else', {
    timeout: KILLS * 10_000,
  }, async () => {
    const received = new Received();
    let last = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const busy = new Busy(kit.file, received.upTo);
      await busy.signal('SIGKILL');
      await busy.ended;
      received.take(busy.lines);
      const now = await expectWhole(kit.file);
      expect(now).toBeGreaterThanOrEqual(Math.max(last, received.upTo, busy.last('told')));
      last = now;
      const copy = `${kit.file}.copy`;
      if (existsSync(copy))
        await backUp(copy, `${copy}.again`, unexpected).finally(() => rmSync(`${copy}.again`, { force: true }));
    }
    expect(last).toBeGreaterThan(KILLS * 10);
    process.stdout.write(`${KILLS} kills: ${last} records, ${received.upTo} sent, ${received.gaps} told as gaps\n`);
  });

  test('cut from its power at any moment is a prefix, with its checkpoint', { timeout: COPIES * 10_000 }, async () => {
    mkdirSync(join(kit.folder, 'cut'));
    const cut = join(kit.folder, 'cut', 'log.db');
    let busy = new Busy(kit.file, 0);
    await busy.opened;
    let torn = 0;
    for (let copy = 0; copy < COPIES; copy++) {
      await clock.delay(Math.random() * 60);
      const told = busy.last('told');
      await busy.hold();
      for (const part of ['', '-wal']) copyFileSync(kit.file + part, cut + part);
      busy.kill('SIGCONT');
      rmSync(`${cut}-shm`, { force: true });
      const isTorn = copy % 2 === 1 && tear(`${cut}-wal`);
      if (isTorn) torn++;
      const last = await expectWhole(cut);
      if (!isTorn) expect(last).toBeGreaterThanOrEqual(told);
      for (const part of ['', '-wal', '-shm', '-last']) rmSync(cut + part, { force: true });
      if (copy % 20 === 19) {
        busy.kill('SIGKILL');
        await busy.ended;
        busy = new Busy(kit.file, busy.last('sent'));
        await busy.opened;
      }
    }
    busy.kill('SIGKILL');
    await busy.ended;
    expect(torn).toBeGreaterThan(0);
    process.stdout.write(`${COPIES} copies, of which ${torn} with a torn end\n`);
  });

  /**
   * Cuts the log of changes off within its last transaction, which may not have been safe on the disk yet. Not where that
   * may already be on its way into the file: it is safe then.
   */
  function tear(wal: string): boolean {
    const { frames, commits, end } = framesOf(readFileSync(wal));
    const before = commits.at(-2);
    if (before === undefined || frames >= AUTOMATIC_CHECKPOINT) return false;
    truncateSync(wal, before + Math.floor(Math.random() * (end - before)));
    return true;
  }

  test('killed while it takes over an older schema loses nothing', { timeout: KILLS * 10_000 }, async () => {
    const old = readFileSync(join(import.meta.dirname, 'oldSchemas/1.sql'), 'utf8');
    const many = `WITH RECURSIVE n(i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
      INSERT INTO log (seq, kind, at, key, body) SELECT i, 'entry', 1, NULL, '{"key":"k' || i || '","by":null}' FROM n;`;
    const made = join(kit.folder, 'made.db');
    const database = await openSqlite(made);
    await database.exec(`PRAGMA journal_mode = WAL; BEGIN; ${old} ${many} COMMIT`);
    await database.close();
    let cutOff = 0;
    for (let kill = 0; kill < Math.ceil(KILLS / 5); kill++) {
      for (const part of ['', '-wal', '-shm', '-last']) rmSync(kit.file + part, { force: true });
      writeFileSync(kit.file, readFileSync(made));
      const busy = new Busy(kit.file, 'opens');
      while (!existsSync(`${kit.file}-wal`) && !busy.lines.includes('open')) await clock.delay(1);
      await clock.delay(Math.random() * 150);
      busy.kill('SIGKILL');
      await busy.ended;
      if (!busy.lines.includes('open')) cutOff++;
      const store = await kit.opened();
      expect([store.firstSeq(), store.lastSeq() >= 60_000, (await store.read(10, 1)).length]).toEqual([7, true, 1]);
      expect(await store.entryByKey('k59999')).toMatchObject({ seq: 59_999 });
      await store.close();
    }
    process.stdout.write(`${cutOff} of ${Math.ceil(KILLS / 5)} cut off within the migration\n`);
  });

  test('killed while a damaged log is replaced keeps that, and what could be read of it', {
    timeout: KILLS * 10_000,
  }, async () => {
    const { bytes, epoch } = await damaged();
    let cutOff = 0;
    for (let kill = 0; kill < Math.ceil(KILLS / 5); kill++) {
      for (const name of readdirSync(kit.folder)) rmSync(join(kit.folder, name), { recursive: true });
      writeFileSync(kit.file, bytes);
      const busy = new Busy(kit.file, 'opens');
      while (!existsSync(`${kit.file}.next`) && !busy.lines.includes('open')) await clock.delay(1);
      await clock.delay(Math.random() * 120);
      busy.kill('SIGKILL');
      await busy.ended;
      if (!busy.lines.includes('open')) cutOff++;
      const store = await kit.opened();
      const [first] = await store.read(0, 1);
      expect(JSON.parse(first!.body)).toMatchObject({ reason: 'damaged-log' });
      expect(await store.entryByKey('k19999')).toMatchObject({ epoch, seq: 19_999 });
      const kept = readdirSync(kit.folder).filter((name) => name.startsWith('damaged-'));
      expect(kept.map((name) => readFileSync(join(kit.folder, name, 'log.db')).equals(bytes))).toEqual([true]);
      await store.close();
    }
    process.stdout.write(`${cutOff} of ${Math.ceil(KILLS / 5)} cut off while the log was replaced\n`);
  });

  /** A log with many operators' entries, of which a table is gone. */
  async function damaged(): Promise<{ bytes: Buffer; epoch: string }> {
    const store = await kit.opened();
    const entry = (seq: number): NewRecord => ({
      kind: 'entry',
      at: seq,
      key: null,
      body: { key: `k${seq}`, by: null },
    });
    await store.write((tx) => tx.append(Array.from({ length: 20_000 }, (_, n) => entry(n + 1))));
    await store.close();
    const database = await openSqlite(kit.file);
    await database.exec('DROP TABLE history');
    await database.close();
    return { bytes: readFileSync(kit.file), epoch: store.epoch };
  }
});
