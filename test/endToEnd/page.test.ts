import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { FiguresPage } from '../../agent/http/answers.ts';
import { PlantDescription } from '../../agent/http/contract.ts';
import { launchBrowser } from '../support/browser.ts';
import { failingFiles } from '../support/disk.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { Heard, isRounded } from '../support/shown.ts';

/** The demo as its user starts it, and its page in a real browser. What is shown must be what the agent says. */

/** Ten seconds on a machine of its own; here others work too. */
const FIRST_FIGURES_MS = 60_000;
/** Long enough for a machine that is busy with other things. */
const SOON = { timeout: 20_000 };
const clock = realClock();
const folder = temporaryFolder();
const ended: (() => Promise<unknown>)[] = [];
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});
afterAll(async () => {
  await browser.close();
  folder.remove();
});

function demo(...options: string[]): Pertonne {
  const process = new Pertonne('demo', ...options);
  ended.push(() => process.kill('SIGKILL'));
  return process;
}

async function open(url: string): Promise<{ page: Page; heard: Heard }> {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1280, height: 800 } });
  ended.unshift(() => context.close());
  const page = await context.newPage();
  const heard = new Heard(page);
  await page.goto(url);
  return { page, heard };
}

const plantOf = async (url: string): Promise<PlantDescription> =>
  PlantDescription.parse(await (await fetch(`${url}/v1/plant`)).json());
const card = (page: Page, name: string): Locator => page.getByRole('article', { name });
const mainFigure = (page: Page, name: string): Locator => card(page, name).locator('.figure strong:not(.words)');
const MILL = '1号轧机';
const POTLINE = '1号电解系列';
const RECTIFIER = '1号整流机组电量';

/** The label's value in a list of names and values. */
const amount = (page: Page, line: string, name: string): Locator =>
  card(page, line).locator('.amounts dl > div', { hasText: name }).locator('.value');

/** Polls, since both the page and the stream move on between two looks. */
async function expectShown(shown: Locator, heard: Heard, id: string): Promise<void> {
  await expect
    .poll(
      async () =>
        isRounded(
          (await shown.textContent())!,
          heard.newest(id, 'shift').map(({ value }) => value),
        ),
      SOON,
    )
    .toBe(true);
}

test('the demo shows both lines by itself, says what the agent says, outlives the agent', {
  timeout: 240_000,
}, async () => {
  const began = clock.monotonic();
  const data = `${folder.path}/demo`;
  const agent = demo('--port', '0', '--data', data);
  const url = await agent.url();
  const { page, heard } = await open(url);
  for (const line of [MILL, POTLINE]) await mainFigure(page, line).waitFor({ timeout: FIRST_FIGURES_MS });
  expect(clock.monotonic() - began).toBeLessThan(FIRST_FIGURES_MS);

  await expectEveryFigure(page, url, heard);
  await expectNewestInTrend(page, url);
  await switchesLanguage(page);

  await agent.kill('SIGKILL');
  await page.locator('main.stale').waitFor(SOON);
  await page.getByText('数据已停更').waitFor();
  demo('--port', new URL(url).port, '--data', data);
  await page.locator('main:not(.stale)').waitFor({ timeout: 60_000 });
  await page.getByText('实时', { exact: true }).waitFor();
  // Counters know what passed while nobody read them; the current did not count, so the ratio may rightly be incomplete.
  await expectShown(amount(page, POTLINE, RECTIFIER), heard, 'potline-1.rectifier-1');
});

async function expectEveryFigure(page: Page, url: string, heard: Heard): Promise<void> {
  const { lines, tags } = await plantOf(url);
  expect(lines.map(({ name }) => name.zh)).toEqual([MILL, POTLINE]);
  for (const line of lines) {
    const signals = tags.filter((tag) => tag.lines.includes(line.id)).length;
    await card(page, line.name.zh).getByText(`全部 ${signals} 个信号正常`).waitFor();
    await expectShown(mainFigure(page, line.name.zh), heard, line.main);
    for (const { id, name } of line.meters) await expectShown(amount(page, line.name.zh, name.zh), heard, id);
  }
  expect(heard.newest('potline-1.ac_power', 'shift')[0]!.flags).toContain('estimate');
  await card(page, POTLINE).locator('.main-figure').getByText('估算', { exact: true }).waitFor();
}

/** The chart says in words what its newest point is; the first quarter-hour closes after a quarter of a minute. */
async function expectNewestInTrend(page: Page, url: string): Promise<void> {
  const chart = card(page, POTLINE).getByRole('img');
  await chart.waitFor({ timeout: 60_000 });
  const newest = async (): Promise<boolean> => {
    const shown = /(\d\d:\d\d)–\d\d:\d\d ([\d,.]+)$/.exec((await chart.getAttribute('aria-label')) ?? '');
    const answer = await fetch(`${url}/v1/metrics/potline-1.ac_power?window=quarterHour`);
    const { figures: closed } = FiguresPage.parse(await answer.json());
    const same = closed.filter(({ window }) => window.start.includes(`T${shown?.[1]}`));
    return isRounded(
      shown?.[2] ?? '',
      same.map(({ value }) => value),
    );
  };
  await expect.poll(newest, SOON).toBe(true);
}

async function switchesLanguage(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'EN' }).click();
  await card(page, 'Potline 1').getByText('estimate', { exact: true }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.locator('main').textContent()).not.toMatch(/\p{Script=Han}/u);
  await page.getByRole('button', { name: '中文' }).click();
  await card(page, POTLINE).waitFor();
}

test('a dead device is named with its signals and the reason, the other line goes on', async () => {
  const url = await demo('--port', '0', '--fault', 'dead:mill-meters').url();
  const { page, heard } = await open(url);
  const { tags } = await plantOf(url);
  const signals = tags.filter(({ lines }) => lines.includes('mill-1'));
  const dead = signals.filter(({ endpoint }) => endpoint === 'mill-meters');
  const mill = card(page, MILL);

  await mill.getByText(`${signals.length} 个信号中 ${dead.length} 个异常`).waitFor();
  const told = mill.getByText(/^设备 mill-meters 断线/).locator('..');
  await expect
    .poll(() => heard.newest('mill-meters')[0], SOON)
    .toMatchObject({ statusCode: 'bad', reason: expect.stringContaining('ECONNREFUSED') });
  await expect.poll(() => told.textContent(), SOON).toContain('连接被拒绝');
  const names = dead.map(({ name }) => name!.zh);
  expect(await told.textContent()).toContain(`无读数：${names.slice(0, 3).join('、')} 等另 ${names.length - 3} 个`);
  await expect.poll(() => mill.locator('.figure').textContent(), SOON).toBe('无数据');
  expect(await mill.locator('.verdict').textContent()).toContain('未判定');

  await expectShown(mainFigure(page, POTLINE), heard, 'potline-1.ac_power');
  const energy = amount(page, POTLINE, RECTIFIER);
  const before = await energy.textContent();
  await expect.poll(() => energy.textContent(), SOON).not.toBe(before);
  expect(await card(page, POTLINE).locator('.quality').textContent()).toContain('个信号正常');
});

test('a disk that takes nothing is told in the header and explained, in both languages, until it takes again', async ({
  skip,
}) => {
  const data = join(folder.path, 'failing');
  const failing = failingFiles(folder.path, join(data, 'pertonne.db'));
  if (!failing) return skip('there is no gcc here');
  const agent = new Pertonne(failing.env, 'demo', '--port', '0', '--data', data);
  ended.push(() => agent.kill('SIGKILL'));
  const { page, heard } = await open(await agent.url());
  const patient = { timeout: 60_000 };
  await page.getByText('实时', { exact: true }).waitFor(patient);
  await mainFigure(page, MILL).waitFor(patient);
  for (const [errno, cause, words] of [
    [28, '磁盘已满，请清理空间', 'the disk is full: make room on it'],
    [5, '磁盘故障，请检查', 'the disk fails: look after it'],
  ] as const) {
    failing.failWith(errno);
    await page.getByText('数据未能保存，详见“系统”').waitFor(patient);
    const before = await amount(page, MILL, '主传动电量').textContent();
    await expect.poll(() => amount(page, MILL, '主传动电量').textContent(), SOON).not.toBe(before);
    await page.getByRole('link', { name: '系统' }).click();
    await page.getByText(`数据未能保存 — ${cause}`).waitFor(patient);
    expect(heard.newest('log')[0]).toMatchObject({ of: 'log', statusCode: 'bad', reason: expect.any(String) });
    await page.getByRole('button', { name: 'EN' }).click();
    await page.getByText('Figures are not being kept: see System').waitFor();
    await page.getByText(`Figures are not being kept — ${words}`).waitFor();
    failing.mend();
    await page.getByText('Live', { exact: true }).waitFor(patient);
    await page.getByText('The agent does its work').waitFor(patient);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('link', { name: '总览' }).click();
  }
});
