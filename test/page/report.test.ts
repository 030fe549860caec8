import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EvaluationBody } from '../../agent/stream/protocol.ts';
import { launchBrowser } from '../support/browser.ts';
import { type FakeAgent, startFakeAgent } from './fakeAgent.ts';
import { calm } from './scene.ts';

/** A shift of the potline on one sheet. */

const shift = {
  kind: 'shift',
  start: '2026-11-22T16:00:00+08:00',
  end: '2026-11-23T00:00:00+08:00',
  day: '2026-11-22',
} as const;
const figure = (
  metric: string,
  unit: string,
  value: number | null,
  more: Partial<EvaluationBody> = {},
): EvaluationBody =>
  EvaluationBody.parse({
    ...{ metric, equipment: 'acme', window: shift, revision: 1, value, unit, statusCode: 'good', reason: null },
    ...{ coverage: { known: 1, measured: 1 }, amounts: [], limit: null, baseline: null, config: 'sha256:0' },
    ...more,
  });
const limit = {
  indicator: 'aluminium.ac_power',
  op: '<=',
  bound: 13_000,
  stale: false,
  indicative: true,
  beyondMs: 0,
} as const;
const FIGURES = [
  figure('potline-1.ac_power', 'kWh/t', 13_061.4, { limit: { ...limit, state: 'excursion' } }),
  figure('potline-1.dc_energy', 'kWh/t', null, {
    reason: 'incomplete',
    statusCode: 'bad',
    coverage: { known: 0.75, measured: 0.75 },
  }),
  figure('potline-1.metal', 't', 167.25),
  figure('potline-1.rectifier-1', 'kWh', 1_090_111),
];

const DAY_BEFORE = figure('potline-1.ac_power', 'kWh/t', 12_990.2, {
  window: { ...shift, start: '2026-11-21T16:00:00+08:00', end: '2026-11-22T00:00:00+08:00', day: '2026-11-21' },
});

let folder: string;
let browser: Browser;
let agent: FakeAgent;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-page-'));
  await build({
    root: fileURLToPath(new URL('../../agent/page', import.meta.url)),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
  browser = await launchBrowser();
  agent = await startFakeAgent(folder, {
    ...calm,
    trends: Object.fromEntries(
      FIGURES.map((one) => [one.metric, one.metric === DAY_BEFORE.metric ? [DAY_BEFORE, one] : [one]]),
    ),
  });
});
afterAll(async () => {
  await agent.stop();
  await browser.close();
  await rm(folder, { recursive: true });
});

test('says what the shift came to, against which limits and the day before, and what is not certain of it', async () => {
  const page = await browser.newPage({ locale: 'en-GB' });
  await page.goto(`${agent.url}#/report/potline-1`);
  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  const cells = async (name: string) =>
    (await row(name).getByRole('cell').allTextContents()).map((text) => text.trim());
  await row('Liquid aluminium').waitFor();
  expect(await cells('AC power consumption of liquid aluminium')).toEqual([
    '13,061 kWh/t',
    '12,990',
    '≤ 13,000',
    '−61',
    'Over the limit',
  ]);
  expect(await cells('DC energy per tonne')).toEqual(['– kWh/t', '–', '–', '–', 'Data incomplete']);
  expect(await cells('Rectifier 1, AC')).toEqual(['1,090,111 kWh']);
  await page.getByText('DC energy per tonne: bad, 75 % of it known').waitFor();
  expect(await page.getByRole('combobox').locator('option').allTextContents()).toEqual([
    '2026-11-22 16:00–00:00',
    '2026-11-21 16:00–00:00',
  ]);
  await page.close();
});

test('is printed alone, on one page of A4', async () => {
  const page = await browser.newPage({ locale: 'zh-CN' });
  await page.goto(`${agent.url}#/report/potline-1`);
  await page.getByText('167.3').waitFor();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('header').isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: '打印' }).isVisible()).toBe(false);
  expect(await page.getByRole('heading', { name: '班报' }).isVisible()).toBe(true);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.close();
});
