import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type FakeAgent, startFakeAgent } from './fakeAgent.ts';
import { HOSTILE } from './plant.ts';
import { calm, type Scene, trouble } from './scene.ts';

const QUARTER = { ...calm.trends['potline-1.ac_power']!.at(-1)!, revision: 2, value: 13_200 };
/** The one that comes after what the fake agent has told. */
const RECORD = { seq: 42, kind: 'evaluation', at: calm.at, body: QUARTER } as const;
const FIRST_LOAD_BYTES = 200_000;
const SIZES = {
  'control room': { width: 1280, height: 800 },
  'wall display': { width: 1920, height: 1080 },
  phone: { width: 390, height: 844 },
};

let built: string;
let browser: Browser;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'pertonne-page-'));
  const root = fileURLToPath(new URL('../../agent/page', import.meta.url));
  await build({ root, logLevel: 'warn', build: { outDir: built, emptyOutDir: true } });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await rm(built, { recursive: true });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function agentWith(scene: Scene, port = 0): Promise<FakeAgent> {
  const agent = await startFakeAgent(built, scene, port);
  cleanups.push(agent.stop);
  return agent;
}

/** Opens the page and waits for its figures; `complaints` are what the browser's console said. */
async function open(
  agent: FakeAgent,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'zh-CN', ...options });
  cleanups.unshift(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.clock.install();
  await page.goto(agent.url);
  await page.locator('.uplot canvas').nth(1).waitFor();
  return { page, complaints };
}

/** Nothing comes any more, and five seconds of the page's own time pass: it says so. */
async function fallsSilent(agent: FakeAgent, page: Page): Promise<void> {
  agent.silent = true;
  agent.send({ type: 'records', id: 'page', prev: 41, records: [RECORD] });
  // What was sent before has come.
  await expect.poll(() => agent.received.at(-1)).toMatchObject({ type: 'ack', cursor: { seq: 42 } });
  await page.clock.runFor(5_000);
  expect(await page.locator('main').getAttribute('class')).toBe('stale');
}

// biome-ignore lint/performance/useDomNodeTextContent: only what is rendered counts
const text = (page: Page): Promise<string> => page.locator('body').innerText();

/** What is wider or higher than the box around it. */
const OVERFLOWING = `[...document.querySelectorAll('header *, main *')].flatMap((element) => {
  if (element.closest('svg, .chart, .unseen')) return [];
  const [inner, outer] = [element.getBoundingClientRect(), element.parentElement.getBoundingClientRect()];
  const fits = inner.left > outer.left - 1 && inner.right < outer.right + 1 && inner.bottom < outer.bottom + 1;
  return fits ? [] : [element.outerHTML.slice(0, 120)];
})`;

/** Nothing is cut; on a screen at a wall, which nobody scrolls, all of it is in sight. */
async function expectFit(page: Page, { width, height }: { width: number; height: number }): Promise<void> {
  expect(await page.evaluate(OVERFLOWING)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  if (width > height) expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(height);
}

describe.each(Object.entries(SIZES))('on a %s', (_, viewport) => {
  const WORDS = {
    'zh-CN': {
      calm: [
        '1号轧机',
        '584.6',
        '达标',
        '余量 15.4 kWh/t',
        '本班 00:00–08:00',
        '限值 ≤ 600 kWh/t',
        '优于本班',
        '吨钢耗新水',
        '全部 5 个信号正常',
        '设备全部在线',
      ],
      calmPot: [
        '铝液交流电耗',
        '13,034',
        '估算',
        '估算超限',
        '超出 34 kWh/t',
        '差于本班',
        '547,312',
        '全部 24 个信号正常',
      ],
      header: ['模拟数据 · 时间 ×60', '实时'],
      trouble: [
        '暂无产量',
        '停产',
        '13,067',
        '超限',
        '数据不全',
        '5 个信号中 4 个异常',
        '无读数：电能表、新水表、煤气表',
        '系列电压，自 01:05 起 — 设备报告故障',
        '本班表计更换：2号整流机组',
        '02:00–03:00 铝液交流电耗超限，13,088 kWh/t',
      ],
      down: '设备 mill-meters 断线，自 02:14 起 — 连接被拒绝',
    },
    'en-GB': {
      calm: [
        'Rolling mill 1',
        '584.6',
        'Within limit',
        '15.4 kWh/t to spare',
        'this shift 00:00–08:00',
        'better',
        'All 5 signals good',
        'all devices connected',
      ],
      calmPot: ['AC power consumption', '13,034', 'estimate', 'Estimate over limit', '34 kWh/t over', 'worse'],
      header: ['simulated · time ×60', 'Live'],
      trouble: [
        'No production so far',
        'No production',
        '13,067',
        'Over the limit',
        'Data incomplete',
        '4 of 5 signals bad',
        'no readings: Electricity meter, New water meter, Gas meter',
        'Line voltage since 01:05 — the device reports a failure',
        'Meter exchanged this shift: Rectifier 2, AC',
        '02:00–03:00 AC power consumption of liquid aluminium over the limit, 13,088 kWh/t',
      ],
      down: 'Device mill-meters down since 02:14 — connection refused',
    },
  };

  test.each(Object.entries(WORDS))(
    'says in %s how things stand, with nothing cut or out of sight',
    async (locale, words) => {
      const agent = await agentWith(calm);
      const { page, complaints } = await open(agent, { viewport, locale });
      const seen = await text(page);
      for (const word of [...words.calm, ...words.calmPot, ...words.header]) expect(seen).toContain(word);
      await expectFit(page, viewport);

      agent.scene = trouble;
      await page.reload();
      await page.getByText(words.down).waitFor();
      const troubled = await text(page);
      for (const word of words.trouble) expect(troubled).toContain(word);
      expect(troubled).not.toMatch(/\b0(\.0+)? (kWh|m³|kgce)/);
      await expectFit(page, viewport);
      await fallsSilent(agent, page);
      await expectFit(page, viewport);
      expect(complaints).toEqual([]);
    },
  );
});

test('the language is switched by hand and remembered', async () => {
  const { page } = await open(await agentWith(calm));
  await page.getByRole('button', { name: 'EN' }).click();
  await page.getByText('Within limit', { exact: true }).first().waitFor();
  await page.reload();
  await page.getByText('Rolling mill 1').waitFor();
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
});

test('says within five seconds that nothing is heard, and since when; comes back by itself', async () => {
  const agent = await agentWith(calm);
  const { page } = await open(agent);
  await fallsSilent(agent, page);
  await page.getByText('数据已停更，自 03:12:40 起').waitFor();
  agent.silent = false;
  await page.getByText('实时', { exact: true }).waitFor();
  expect(await page.locator('main').getAttribute('class')).toBe(null);
});

test('an agent that restarts is found again and read on from the cursor', async () => {
  const first = await agentWith(calm);
  const { page } = await open(first);
  first.send({ type: 'records', id: 'page', prev: 41, records: [RECORD] });
  await expect.poll(() => first.received.at(-1)).toEqual({ type: 'ack', id: 'page', cursor: { epoch: 'e1', seq: 42 } });

  await first.stop();
  cleanups.pop();
  await page.getByText('数据已停更').waitFor();
  const second = await agentWith(trouble, first.port);
  await page.getByText('设备 mill-meters 断线').waitFor();
  expect(second.received[0]).toMatchObject({ type: 'subscribe', records: { from: { epoch: 'e1', seq: 42 } } });
  expect(await page.getByText('实时', { exact: true }).count()).toBe(1);
});

test('a plant file that is taken up under it is shown without loading the page again', async () => {
  const agent = await agentWith(calm);
  const { page } = await open(agent);
  const lines = calm.plant.lines.map((line, n) =>
    n === 0 ? { ...line, name: { en: 'New mill', zh: '新轧机' } } : line,
  );
  agent.scene = { ...calm, plant: { ...calm.plant, lines } };
  await page.evaluate('window.isTheSame = true');
  const body = { before: 'sha256:1', after: 'sha256:2', changes: [], more: 0, redefined: [], waiting: [] };
  agent.send({ type: 'records', id: 'page', prev: 41, records: [{ seq: 42, kind: 'config', at: calm.at, body }] });
  await page.getByText('新轧机').first().waitFor();
  expect(await page.evaluate('window.isTheSame')).toBe(true);
});

test('a batch that leaves a hole makes the page connect again from what it has', async () => {
  const agent = await agentWith(calm);
  await open(agent);
  agent.send({ type: 'records', id: 'page', prev: 50, records: [] });
  await expect.poll(() => agent.received.length).toBe(2);
  expect(agent.received[1]).toMatchObject({ type: 'subscribe', records: { from: { epoch: 'e1', seq: 41 } } });
});

test('a hostile tag name is text', async () => {
  const { page } = await open(await agentWith(trouble));
  await page.getByText(HOSTILE).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.title()).toBe('Pertonne');
});

test('the first load is small, and asks nothing of the browser that the CSP forbids', async () => {
  const files = await readdir(built, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name))),
  );
  const size = contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
  expect(size).toBeLessThan(FIRST_LOAD_BYTES);
  const html = await readFile(join(built, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|https?:/);
});

test('a panel whose system has no locale sees the page too', async () => {
  const agent = await agentWith(calm);
  const page = await browser.newPage();
  cleanups.unshift(() => page.close());
  await page.addInitScript(
    "Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true })",
  );
  await page.goto(agent.url);
  await page.locator('.uplot canvas').first().waitFor();
});

test('a plant without a line, as one that is being set up, shows its signals at once', async () => {
  const agent = await agentWith({ ...calm, plant: { ...calm.plant, lines: [] }, trends: {} });
  const page = await browser.newPage();
  cleanups.unshift(() => page.close());
  await page.goto(agent.url);
  await page
    .getByRole('heading', { name: '信号' })
    .or(page.getByRole('heading', { name: 'Signals' }))
    .waitFor();
  expect(await page.locator('.signals tbody tr').count()).toBeGreaterThan(3);
});
