import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EntriesPage } from '../../agent/http/answers.ts';
import { AlarmView, PlantDescription } from '../../agent/http/contract.ts';
import { SystemBody } from '../../agent/http/system.ts';
import { VIEWS } from '../../agent/page/src/route.ts';
import { launchBrowser } from '../support/browser.ts';
import { Pertonne } from '../support/process.ts';

/** Every view of the page but the overview, on the demo with a dead device: what is shown is what the agent's API says. */

/** Long enough for a machine that is busy with other things. */
const SOON = { timeout: 60_000 };
let browser: Browser;
let agent: Pertonne;
let url: string;
let plant: PlantDescription;

beforeAll(async () => {
  await build({ root: fileURLToPath(new URL('../../agent/page', import.meta.url)), logLevel: 'warn' });
  browser = await launchBrowser();
  agent = new Pertonne('demo', '--port', '0', '--speed', '120', '--fault', 'dead:mill-meters');
  url = await agent.url();
  plant = PlantDescription.parse(await (await fetch(`${url}/v1/plant`)).json());
}, 60_000);
afterAll(async () => {
  await browser.close();
  await agent.kill('SIGKILL');
});

async function open(place: string, size = { width: 1280, height: 800 }): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-GB', viewport: size });
  page.setDefaultTimeout(SOON.timeout);
  await page.goto(`${url}/#/${place}`);
  await page.locator('main').waitFor();
  return page;
}

const alarms = async (): Promise<AlarmView[]> =>
  AlarmView.array().parse(await (await fetch(`${url}/v1/alarms`)).json());

describe('signals', () => {
  test('all of them, under their devices; a dead one says since when and why', async () => {
    const page = await open('signals');
    const dead = page.getByRole('region', { name: 'mill-meters' });
    await dead
      .getByRole('heading')
      .getByText(/down since .* — connection refused/)
      .waitFor();
    // Of what was due: a value that comes twice, or in a period that has not ended, makes it no more than all.
    const shares = page.getByText(/% of values in time/);
    await shares.first().waitFor();
    for (const share of await shares.allTextContents()) expect(Number.parseFloat(share)).toBeLessThanOrEqual(100);
    const rows = (region: string) => page.getByRole('region', { name: region }).locator('tbody tr');
    for (const { id } of plant.endpoints)
      await expect.poll(() => rows(id).count(), SOON).toBe(plant.tags.filter(({ endpoint }) => endpoint === id).length);
    await expect.poll(() => dead.locator('tbody td.status.bad').count(), SOON).toBe(await rows('mill-meters').count());
    await page.close();
  });

  test('are found by a word, and those in trouble by one click', async () => {
    const page = await open('signals');
    await page.getByRole('searchbox').fill('rectifier power');
    await page.getByText(`2 of ${plant.tags.length}`).waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('checkbox').check();
    const bad = plant.tags.filter(({ endpoint }) => endpoint === 'mill-meters').length;
    await page.getByText(`${bad} of ${plant.tags.length}`).waitFor();
    await page.close();
  });
});

test('a line: its figures by any window, each with its working', { timeout: 120_000 }, async () => {
  const page = await open('overview');
  await page.getByRole('link', { name: 'Potline 1' }).click();
  await page.getByRole('button', { name: 'quarter-hour' }).click();
  const row = page.locator('table.figures tbody tr').filter({ hasText: 'good' }).last();
  await row.waitFor();
  const shown = Number((await row.locator('td.number').first().textContent())!.replaceAll(',', ''));
  await row.getByRole('link').click();
  const working = page.getByRole('dialog');
  await working.getByRole('heading', { name: 'Numerator' }).waitFor();
  const text = (await working.textContent())!;
  for (const part of ['Rectifier 1', 'Metal produced', 'at most 13,000 kWh/t', '电解铝液交流电耗'])
    expect(text).toContain(part);
  // The table may be a revision behind: the working tells all of them.
  const told = [...text.matchAll(/([\d,]+\.\d+) kWh\/t/g)].map(([, number]) =>
    Math.round(Number(number!.replaceAll(',', ''))),
  );
  expect(told).toContain(shown);
  await page.keyboard.press('Escape');
  await expect.poll(() => new URL(page.url()).hash, SOON).toBe('#/line/potline-1');
  expect(await working.count()).toBe(0);
  await page.close();
});

test('an alarm is shelved with a reason and brought back, by a named operator', { timeout: 120_000 }, async () => {
  const page = await open('alarms');
  await expect.poll(async () => (await alarms()).length, SOON).toBeGreaterThan(0);
  await page.reload();
  const [first] = await alarms();
  await page
    .getByText(/limits are met/)
    .or(page.locator('li.alarm-row'))
    .first()
    .waitFor();
  const quiet = page.locator('summary');
  if (await quiet.count()) await quiet.click();
  const card = page.locator('li.alarm-row').first();
  await card.getByRole('button', { name: 'Shelve' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('scale under repair');
  await dialog.getByRole('button', { name: 'Shelve' }).click();
  await dialog.getByLabel('Your name').fill('Wei');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByText(/Shelved by Wei until .*: scale under repair/).waitFor();
  const shelved = (await alarms()).find(({ state }) => state === 'shelved');
  expect(shelved).toMatchObject({ shelved: { who: 'Wei', reason: 'scale under repair' } });
  expect(first).toBeDefined();
  await page.getByRole('button', { name: 'Unshelve' }).click();
  await expect.poll(async () => (await alarms()).some(({ state }) => state === 'shelved'), SOON).toBe(false);
  await page.close();
});

describe('entries', () => {
  const entries = async () => EntriesPage.parse(await (await fetch(`${url}/v1/entries`)).json()).entries;

  test('a ladle weighed by hand: the form, its receipt, and the list', async () => {
    const page = await open('overview');
    await page.getByRole('link', { name: 'Entries' }).click();
    await page.getByLabel('Your name').fill('Wei');
    await page.getByLabel('Meter').selectOption({ label: 'Potline 1 · Tapped metal' });
    await page.getByLabel('Number').fill('H-17');
    await page.getByLabel('Amount (t)').fill('7.85');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByText(/^Entered; \d+ figures revised$/).waitFor();
    expect((await entries())[0]).toMatchObject({
      ...{ type: 'piece', meter: 'potline-1.ladles', by: 'Wei', refused: null },
      entered: { piece: 'H-17', amount: 7.85 },
    });
    await page.getByRole('cell', { name: 'Tapped metal · Weight: Number H-17 · 7.85 t' }).waitFor();
    await page.close();
  });

  test('a wrong weight is corrected out of the list; what cannot be is refused with the reason', async () => {
    const page = await open('entries');
    await page.getByLabel('Your name').fill('Wei');
    await page.getByRole('button', { name: 'Correct', exact: true }).first().click();
    expect(await page.getByLabel('Number').inputValue()).toBe('H-17');
    await page.getByLabel('Amount (t)').fill('7.58');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByText(/Correct a weight: Number H-17 · 7.58 t/).waitFor();
    await page.getByLabel('Number').fill('H-99');
    await page.getByLabel('Amount (t)').fill('7');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByRole('alert').getByText('no piece H-99 is known').waitFor();
    expect((await entries()).map(({ refused }) => refused)).toEqual([
      expect.stringMatching(/^no piece H-99 is known/),
      null,
      null,
    ]);
    await page.getByLabel('Number').fill('H-17');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByText(/Correct a weight: Number H-17 · 7.00 t/).waitFor();
    await page.close();
  });
});

test('the system: what the agent says of itself', async () => {
  const page = await open('system');
  const answer = SystemBody.parse(await (await fetch(`${url}/v1/system`)).json());
  await page.getByText('The agent does its work').waitFor();
  for (const words of [answer.version, answer.sqlite, answer.configuration.slice(0, 19)])
    await page.getByText(words).first().waitFor();
  await page.getByText('Device mill-meters is down — connection refused').waitFor();
  await page.getByRole('cell', { name: 'this agent’s' }).first().waitFor();
  await expect.poll(() => page.locator('table').first().locator('tbody tr').count(), SOON).toBeGreaterThan(0);
  await page.close();
});

test('nothing is wider than a phone in any view', async () => {
  for (const place of ['alarms', 'entries', 'report', 'signals', 'system', 'wall', 'line/potline-1', 'line/mill-1']) {
    const page = await open(place, { width: 390, height: 844 });
    await page.locator('.sheet, .line').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth'), place).toBe(390);
    await page.close();
  }
});

test('a screen reader and a keyboard get along with every view, light and dark', { timeout: 240_000 }, async () => {
  const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ locale: 'zh-CN', colorScheme, bypassCSP: true });
    const page = await context.newPage();
    for (const place of [...VIEWS, 'line/potline-1?explain=potline-1.ac_power&window=shift']) {
      await page.goto(`${url}/#/${place}`);
      await page.reload();
      await page.locator('.sheet, .line, dialog').first().waitFor();
      await page.evaluate(axe);
      const { violations, passes } = (await page.evaluate('axe.run()')) as {
        passes: unknown[];
        violations: { id: string; impact: string; nodes: { html: string }[] }[];
      };
      expect(passes.length, place).toBeGreaterThan(10);
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [place, colorScheme, id, nodes[0]?.html])).toEqual([]);
    }
    await context.close();
  }
});
