import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type FakeAgent, startFakeAgent } from './fakeAgent.ts';
import { calm } from './scene.ts';

/** What is dragged over a chart, whatever becomes of the chart meanwhile. */

let folder: string;
let browser: Browser;
let agent: FakeAgent;
let page: Page;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-page-'));
  const root = fileURLToPath(new URL('../../agent/page', import.meta.url));
  await build({ root, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  browser = await launchBrowser();
  // Its time stands between what is told.
  agent = await startFakeAgent(folder, { ...calm, plant: { ...calm.plant, speed: null } });
});
afterAll(async () => {
  await agent.stop();
  await browser.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  page = await browser.newPage({ locale: 'en-GB' });
  await page.goto(`${agent.url}#/line/mill-1`);
  await page.getByRole('button', { name: 'quarter-hour' }).click();
  await page.locator('.history .u-over').waitFor();
});
afterEach(() => page.close());

/** Drags over the middle of the chart; half way something happens. */
async function drag(halfWay: () => Promise<unknown>): Promise<void> {
  const { x, y, width, height } = (await page.locator('.history .u-over').boundingBox())!;
  await page.mouse.move(x + width * 0.3, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 3 });
  await halfWay();
  await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 3 });
  await page.mouse.up();
}
/** Until the chart that was there is gone. */
async function resized(): Promise<void> {
  const plot = (await page.locator('.history .u-over').elementHandle())!;
  await page.setViewportSize({ width: 1_100, height: 700 });
  await expect.poll(() => plot.evaluate((element) => element.isConnected)).toBe(false);
  await page.locator('.history .u-over').waitFor();
}
const now = () => page.getByRole('button', { name: 'Now', exact: true });
/** Minutes of the stretch in sight. */
const minutes = async (): Promise<number> => {
  const url = new URL((await page.getByRole('link', { name: 'Save as CSV' }).getAttribute('href'))!, agent.url);
  const [from, to] = ['from', 'to'].map((name) => Date.parse(url.searchParams.get(name)!));
  return (to! - from!) / 60_000;
};

test.each([
  ['nothing', async () => {}],
  ['a chart that would be drawn anew', () => page.emulateMedia({ colorScheme: 'dark' })],
  ['a chart that is drawn anew', resized],
])('a stretch is chosen by dragging over it, and left for good by one click: %s', async (_, halfWay) => {
  const usual = await minutes();
  await drag(halfWay);
  if (await now().isDisabled()) await drag(async () => {});
  await expect.poll(() => now().isEnabled()).toBe(true);
  expect((await minutes()) / usual).toBeCloseTo(0.4, 1);
  await now().click();
  await page.getByRole('checkbox').check();
  await page.getByText('a day before', { exact: true }).waitFor();
  expect([await now().isDisabled(), await minutes()]).toEqual([true, usual]);
});
