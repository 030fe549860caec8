import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { EntriesPage, ExplanationBody, FiguresPage } from '../../../agent/http/answers.ts';
import { AlarmView } from '../../../agent/http/contract.ts';
import { EXCEEDED } from '../../support/livelyPlant.ts';
import { isRounded } from '../../support/shown.ts';
import { SOON, type Visitor } from '../../support/visitor.ts';

/** What can be done on the page, and what the agent says of it afterwards. */

const MAIN = 'potline-1.ac_power';
const WHO = 'Wei';

async function toPotline(visitor: Visitor): Promise<void> {
  await visitor.arrive();
  const potline = visitor.plant.lines.find(({ id }) => id === 'potline-1')!;
  await visitor.click(visitor.page.getByRole('heading').getByRole('link', { name: visitor.named(potline) }));
  await visitor.button('kind.quarterHour').click();
  await visitor.page.locator('.history .uplot canvas').waitFor();
}

export async function chart(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await toPotline(visitor);
  const span = page.locator('.history figcaption > span').first();
  const changes = async (act: () => Promise<unknown>): Promise<void> => {
    const before = await span.textContent();
    await act();
    await expect.poll(() => span.textContent(), SOON).not.toBe(before);
  };
  await changes(() => visitor.button('line.wider').click());
  await changes(() => visitor.button('line.closer').click());
  await changes(() => visitor.button('line.earlier').click());
  await changes(() => visitor.button('line.later').click());
  await changes(() => visitor.button('line.now').click());
  await page.locator('.history .uplot canvas').waitFor();
  const now = visitor.button('line.now');
  const zoomed = async (): Promise<boolean> => {
    if (await now.isEnabled()) return true;
    // A chart is drawn anew with every answer: what is dragged over it just then is lost.
    await dragged(page);
    return false;
  };
  await expect.poll(zoomed, SOON).toBe(true);
  await now.click();
  await page.getByRole('checkbox').check();
  await page.getByText(visitor.t('line.key.earlier'), { exact: true }).waitFor();
  await saved(visitor);
}

/** Drags over a part of the chart, where there is one just now. */
async function dragged(page: Page): Promise<void> {
  if ((await page.locator('.history .u-over').boundingBox()) === null) return;
  // A mouse reaches only what is on the screen.
  await page.locator('.history').scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await page.locator('.history').boundingBox())!;
  await page.mouse.move(x + width * 0.3, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.8, y + height / 2, { steps: 4 });
  await page.mouse.up();
}

async function saved(visitor: Visitor): Promise<void> {
  // The running window, and one that is closed: the stretch up to now is back.
  await visitor.page.locator('table.figures tbody tr').nth(1).waitFor();
  const coming = visitor.page.waitForEvent('download');
  await visitor.page.getByRole('link', { name: visitor.t('line.csv') }).click();
  const text = await readFile(await (await coming).path(), 'utf8');
  const rows = parse(text, { columns: true, bom: true }) as Record<string, string>[];
  const { figures } = await visitor.api(FiguresPage, `/v1/metrics/${MAIN}?window=quarterHour`);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const figure = figures.find(({ window }) => row.start === window.start)!;
    // It may have been revised in between.
    if (Number(row.revision) === figure.revision)
      expect(row.value === '' ? null : Number(row.value)).toBe(figure.value);
  }
}

export async function explain(visitor: Visitor): Promise<void> {
  const { page, t } = visitor;
  await toPotline(visitor);
  await page.locator('table.figures tbody tr').nth(1).waitFor();
  // The oldest: above it a row comes now and then, and the newest are those that are revised.
  await page.locator('table.figures tbody tr').last().getByRole('link').click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const place = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
  const path = `/v1/metrics/${MAIN}/explain?window=quarterHour&at=${encodeURIComponent(place.get('at')!)}&lang=${visitor.language}`;
  const answer = await fetch(new URL(path, page.url()), { headers: { accept: 'application/json' } });
  const { sheet, figure } = ExplanationBody.parse(await answer.json());
  await dialog.getByRole('heading', { name: sheet.parts[0]!.title, exact: true }).waitFor();
  const shown = await dialog.locator('.explain-figure strong').textContent();
  expect(isRounded(shown!, [figure.value])).toBe(true);
  const said = (await dialog.textContent())!;
  for (const { amounts } of sheet.parts)
    for (const { value, lines } of amounts)
      for (const text of [value!, ...lines.map((one) => one.text)]) expect(said).toContain(text);
  for (const text of [sheet.result!.text, sheet.limit!.bound, sheet.limit!.source, sheet.config])
    expect(said).toContain(text);
  const before = await visitor.printed();
  await dialog.getByRole('button', { name: t('report.print') }).click();
  expect(await visitor.printed()).toBe(before + 1);
  await page.keyboard.press('Escape');
  await expect.poll(() => new URL(page.url()).hash, SOON).toBe('#/line/potline-1');
  expect(await dialog.count()).toBe(0);
}

export async function alarms(visitor: Visitor): Promise<void> {
  const { page, t } = visitor;
  await visitor.arrive();
  await visitor.go('alarms');
  const standing = async (): Promise<AlarmView[]> => visitor.api(AlarmView.array(), '/v1/alarms');
  const [wanted] = (await standing()).filter((one) => EXCEEDED.includes(one.metric) && one.unacknowledged);
  const { metric, window } = wanted!;
  const state = async (): Promise<AlarmView> =>
    (await standing()).find((one) => one.metric === metric && one.window.kind === window.kind)!;
  const named = visitor.plant.lines.flatMap(({ metrics }) => metrics).find(({ id }) => id === metric)!;
  const card = page
    .locator('li.alarm-row')
    .filter({ hasText: visitor.named(named) })
    .filter({ has: page.getByRole('link', { name: new RegExp(`^${t(`kind.${window.kind}`)} `) }) });
  await card.getByRole('button', { name: t('alarms.acknowledge') }).click();
  const asked = page.getByRole('dialog');
  await asked.getByLabel(t('who.label')).fill(WHO);
  await asked.getByRole('button', { name: t('who.go') }).click();
  await card.getByText(t('alarms.state.acknowledged')).waitFor();
  expect(await state()).toMatchObject({ state: 'acknowledged', unacknowledged: false });
  await card.getByRole('button', { name: t('alarms.shelve'), exact: true }).click();
  await asked.getByLabel(t('shelve.reason')).fill('scale under repair');
  await asked.getByRole('button', { name: t('alarms.shelve') }).click();
  await card.getByText(/scale under repair/).waitFor();
  expect((await state()).shelved).toMatchObject({ who: WHO, reason: 'scale under repair' });
  await card.getByRole('button', { name: t('alarms.unshelve') }).click();
  await expect.poll(async () => (await state()).shelved, SOON).toBe(null);
}

/** Fills a field of the form in; the amount's label ends with its unit. */
const fill = (visitor: Visitor, field: 'piece' | 'amount' | 'last' | 'first', text: string): Promise<void> =>
  visitor.page.locator(`#entry-${field}`).fill(text);

const entered = async (visitor: Visitor) => (await visitor.api(EntriesPage, '/v1/entries')).entries;

export async function weights(visitor: Visitor): Promise<void> {
  const { page, t, language } = visitor;
  const piece = `H-${language}-${page.viewportSize()!.width}`;
  await visitor.arrive();
  await visitor.go('entries');
  await page.getByLabel(t('entries.meter')).selectOption('potline-1.ladles');
  await fill(visitor, 'piece', piece);
  await fill(visitor, 'amount', '7.85');
  await visitor.button('entries.enter').click();
  await page.locator('.receipt').waitFor();
  expect((await entered(visitor))[0]).toMatchObject({
    ...{ type: 'piece', meter: 'potline-1.ladles', by: WHO, refused: null },
    entered: { piece, amount: 7.85 },
  });
  const listed = page.locator('table.entered tbody tr').filter({ hasText: piece });
  await listed.getByRole('button', { name: t('entries.correct') }).click();
  expect(await page.locator('#entry-piece').inputValue()).toBe(piece);
  await fill(visitor, 'amount', '7.58');
  await visitor.button('entries.enter').click();
  await listed.getByText(/7\.58 t/).waitFor();
  await visitor.button('entries.correction').click();
  await page.getByLabel(t('entries.meter')).selectOption('potline-1.ladles');
  await fill(visitor, 'piece', 'H-99');
  await fill(visitor, 'amount', '7');
  await visitor.button('entries.enter').click();
  await page.getByRole('alert').getByText('no piece H-99 is known').waitFor();
  const [refused, corrected] = await entered(visitor);
  expect(refused!.refused).toMatch(/^no piece H-99 is known/);
  expect(corrected).toMatchObject({ type: 'correction', entered: { piece, amount: 7.58 }, refused: null });
}

export async function otherEntries(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await visitor.arrive();
  await visitor.go('entries');
  await visitor.button('entries.inventory').click();
  await fill(visitor, 'amount', '4321.5');
  await visitor.button('entries.enter').click();
  await expect.poll(async () => (await entered(visitor))[0]?.type, SOON).toBe('inventory');
  await visitor.button('entries.swap').click();
  await page.locator('#entry-meter').selectOption('mill-1.circulating');
  await fill(visitor, 'last', '4200000000');
  await fill(visitor, 'first', '0');
  await visitor.button('entries.enter').click();
  await expect.poll(async () => (await entered(visitor))[0]?.type, SOON).toBe('swap');
  const [swap, inventory] = await entered(visitor);
  expect(inventory).toMatchObject({ by: WHO, entered: { amount: 4321.5 } });
  // Whether it can be taken depends on what was read; the page says the same as the log.
  const outcome = swap!.refused === null ? page.locator('.receipt') : page.getByRole('alert').getByText(swap!.refused);
  await outcome.waitFor();
}

export async function language(visitor: Visitor): Promise<void> {
  const { page, t } = visitor;
  await visitor.arrive();
  const own = t('nav.alarms');
  await visitor.button('language.switch').click();
  await page.getByRole('navigation').getByText(own, { exact: true }).waitFor({ state: 'detached' });
  const HAN = /\p{Script=Han}/u;
  const isOther = async (): Promise<boolean> => HAN.test((await page.locator('main').textContent())!);
  await expect.poll(isOther, SOON).toBe(visitor.language === 'en');
  await page.reload();
  await page.locator('main article').first().waitFor();
  expect(await isOther()).toBe(visitor.language === 'en');
  await page.evaluate("localStorage.removeItem('language')");
}
