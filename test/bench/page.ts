import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { build } from 'vite';
import { realClock } from '../../agent/clock.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';
import { type FakeAgent, startFakeAgent } from '../page/fakeAgent.ts';
import { calm, type Scene } from '../page/scene.ts';
import { launchBrowser } from '../support/browser.ts';

/** The page in a real browser: how soon it can be used on a slow panel PC, 500 signals at 60 updates a second, and a week of frames. */

/** A panel PC, as a share of this machine's speed. */
const SLOWER = 6;
const SIGNALS = 500;
const UPDATES = 60;
const SECONDS = 5;
/** Quarter-hours of a week, each with the live frames of a few seconds. */
const WEEK = 672;

const clock = realClock();
const folder = await mkdtemp(join(tmpdir(), 'pertonne-bench-'));
await build({
  root: join(import.meta.dirname, '../../agent/page'),
  logLevel: 'warn',
  build: { outDir: folder, emptyOutDir: true },
});
const agent = await startFakeAgent(folder, many(calm));
const browser = await launchBrowser();
try {
  const firstLoadKb = (await gzipped(folder)) / 1_000;
  const interactiveMs = await interactive();
  const framesPerSecond = await frames();
  const heapGrowthMiB = await week();
  say(`first load, gzipped: ${firstLoadKb.toFixed(1)} kB`);
  say(`figures in sight and usable, processor ${SLOWER} times slower: ${interactiveMs.toFixed(0)} ms`);
  say(`${SIGNALS} signals, ${UPDATES} updates a second: ${framesPerSecond.toFixed(1)} frames/s`);
  say(`heap after a week of frames, beyond that after a day: ${heapGrowthMiB.toFixed(2)} MiB`);
  say(JSON.stringify({ firstLoadKb, interactiveMs, framesPerSecond, heapGrowthMiB }));
} finally {
  await browser.close();
  await agent.stop();
  await rm(folder, { recursive: true });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The scene with as many signals of one device more. */
function many(scene: Scene): Scene {
  const [model] = scene.plant.tags;
  const tags = Array.from({ length: SIGNALS }, (_, i) => ({ ...model!, id: `many.${i}`, lines: [] }));
  return { ...scene, plant: { ...scene.plant, tags }, values: [...scene.values, ...values(0)] };
}

function values(round: number): LiveValue[] {
  const like = calm.values.find(({ of }) => of === 'tag')!;
  return Array.from({ length: SIGNALS }, (_, i) => ({ ...like, id: `many.${i}`, value: round * 1.5 + i }));
}

async function gzipped(path: string): Promise<number> {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const sizes = files.map(async (file) => gzipSync(await readFile(join(file.parentPath, file.name))).length);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function opened(view: string): Promise<{ page: Page; devtools: CDPSession }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
  const devtools = await page.context().newCDPSession(page);
  if (view === 'overview') await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.goto(`${agent.url}#/${view}`);
  return { page, devtools };
}

/** From navigation to the largest figure drawn and the main thread free. */
async function interactive(): Promise<number> {
  const { page } = await opened('overview');
  await page.locator('.figure strong a').first().waitFor();
  const ms = await page.evaluate<number>('new Promise((done) => requestIdleCallback(() => done(performance.now())))');
  await page.close();
  return ms;
}

async function frames(): Promise<number> {
  const { page } = await opened('signals');
  await page.getByRole('row').nth(20).waitFor();
  const counted = page.evaluate<number>(
    `new Promise((done) => { let frames = 0; const end = performance.now() + ${SECONDS * 1_000};
      const next = (now) => { frames++; now < end ? requestAnimationFrame(next) : done(frames / ${SECONDS}); };
      requestAnimationFrame(next); })`,
  );
  for (let round = 1; round <= UPDATES * SECONDS; round++) {
    tell(agent, round);
    await clock.delay(1_000 / UPDATES);
  }
  const result = await counted;
  await page.close();
  return result;
}

function tell(to: FakeAgent, round: number): void {
  to.send({ type: 'live', id: 'page', at: calm.at, values: values(round) });
}

/** What a page keeps of a day is drawn once; of a week it must keep no more. */
async function week(): Promise<number> {
  const { page, devtools } = await opened('overview');
  await page.locator('.figure strong a').first().waitFor();
  let seq = 42;
  const pass = async (quarters: number): Promise<number> => {
    for (let i = 0; i < quarters; i++) {
      const trend = calm.trends['potline-1.ac_power']!;
      const body = { ...trend[i % trend.length]!, revision: seq };
      agent.send({
        type: 'records',
        id: 'page',
        prev: seq - 1,
        records: [{ seq, kind: 'evaluation', at: calm.at, body }],
      });
      seq++;
      tell(agent, i);
      await clock.delay(15);
    }
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize;
  };
  const day = await pass(WEEK / 7);
  const after = await pass(WEEK - WEEK / 7);
  await page.close();
  return (after - day) / 2 ** 20;
}
