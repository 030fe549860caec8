import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { failingFiles, smallDisk } from '../support/disk.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { type Line, readUntil } from '../support/reading.ts';

/** Measuring goes on whatever the disk does; it is said; and when the disk works again nothing is missing. */

const METRIC = 'mill-1.drive';
const DEMO = ['demo', '--port', '0', '--speed', '600', '--data'];
/** How long the test waits for what should come within seconds: other tests may keep the machine busy. */
const PATIENCE = 45_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

interface Shown {
  readonly ready: boolean;
  readonly reasons: string;
  readonly waiting: number;
  readonly lastSeq: number;
}

async function look(url: string): Promise<Shown> {
  const { ready, reasons } = (await (await fetch(`${url}/readyz`)).json()) as { ready: boolean; reasons: string[] };
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^pertonne_${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  return { ready, reasons: reasons.join(), waiting: value('queue_entries'), lastSeq: value('log_last_seq') };
}

async function until(url: string, condition: (shown: Shown) => boolean): Promise<Shown> {
  const clock = realClock();
  const began = clock.monotonic();
  for (;;) {
    const [shown, afterMs] = [await look(url), clock.monotonic() - began];
    if (condition(shown)) return shown;
    expect(afterMs, JSON.stringify(shown)).toBeLessThan(PATIENCE);
    await clock.delay(100);
  }
}

/** An agent under which the disk fails and is mended again. */
async function survives(agent: Pertonne, said: RegExp, fail: () => void, mend: () => void): Promise<void> {
  try {
    await failed(agent, said, fail, mend);
  } finally {
    await agent.kill('SIGKILL');
  }
}

async function failed(agent: Pertonne, said: RegExp, fail: () => void, mend: () => void): Promise<void> {
  const url = await agent.url();
  let mended = Infinity;
  const reading = readUntil(url, {}, (lines) => minutesOf(lines).length > 20 && lines.at(-1)!.seq > mended);
  await until(url, ({ lastSeq }) => lastSeq > 30);
  fail();
  const shown = await until(url, ({ ready, waiting }) => !ready && waiting > 0);
  expect(shown.reasons).toMatch(said);
  await until(url, ({ waiting }) => waiting > shown.waiting + 50);
  mend();
  const now = await until(url, ({ ready, waiting }) => ready && waiting < 50);
  mended = now.lastSeq + 50;
  const lines = await reading;
  expect(await agent.kill('SIGTERM')).toBe(0);
  expectNothingLost(lines);
}

const minutesOf = (lines: readonly Line[]): Line[] =>
  lines.filter(({ kind, body }) => kind === 'evaluation' && body.metric === METRIC && body.window.kind === 'minute');

function expectNothingLost(lines: readonly Line[]): void {
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
  expect(lines.filter(({ kind }) => kind === 'gap')).toEqual([]);
  const first = minutesOf(lines).filter(({ body }) => body.revision === 1);
  const starts = first.map(({ body }) => Date.parse(body.window.start));
  expect(starts).toEqual(starts.map((_, index) => starts[0]! + index * 60_000));
}

describe.for([
  { name: 'fails to write (EIO)', errno: 5, said: /the disk fails; look after it/ },
  { name: 'is full (ENOSPC)', errno: 28, said: /the disk is full; make room/ },
  { name: 'became read only (EROFS)', errno: 30, said: /the d(isk fails|ata folder cannot be written)/ },
])('a disk that $name', ({ errno, said }) => {
  test('is said, and nothing is lost', async ({ skip }) => {
    const data = join(folder.path, 'data');
    const failing = failingFiles(folder.path, join(data, 'pertonne.db'));
    if (!failing) return skip('there is no gcc here');
    const agent = new Pertonne(failing.env, ...DEMO, data);
    await survives(agent, said, () => failing.failWith(errno), failing.mend);
  });
});

test('a small disk, full to the brim, is said, and nothing is lost', async ({ skip }) => {
  const data = join(folder.path, 'data');
  mkdirSync(data);
  const disk = smallDisk(data, 16_000_000);
  if (!disk) return skip('no file system can be mounted here');
  try {
    await survives(new Pertonne(...DEMO, data), /the disk is full; make room/, disk.fill, disk.free);
  } finally {
    disk.remove();
  }
});
