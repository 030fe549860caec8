import { beforeEach, describe, expect, test } from 'vitest';
import { EntriesPage, FiguresPage } from '../../agent/http/answers.ts';
import { LivelyPage } from '../support/livelyPage.ts';
import { BAD_TAG } from '../support/livelyPlant.ts';
import { isRounded } from '../support/shown.ts';
import { numberOf, SOON, type Visitor } from '../support/visitor.ts';
import { expectJudged } from './views/looks.ts';

/** What somebody who has never seen the page must find without help, from the overview, by two clicks at most. */

const MOST_CLICKS = 2;
const lively = new LivelyPage();

describe.for(['en', 'zh'] as const)('in %s', (language) => {
  const comes = lively.visitor({ language, size: 'panel' });
  let visitor: Visitor;
  beforeEach(() => {
    visitor = comes();
    return visitor.arrive();
  });

  const line = (id: string) => visitor.plant.lines.find((one) => one.id === id)!;
  const toLine = (id: string): Promise<void> =>
    visitor.click(visitor.page.getByRole('heading').getByRole('link', { name: visitor.named(line(id)) }));

  test("the potline's figure now, and whether it is within the limit: no click", async () => {
    const { page, t } = visitor;
    const card = page.getByRole('article', { name: visitor.named(line('potline-1')) });
    const shown = card.locator('.figure strong');
    const heard = () => visitor.heard.newest('potline-1.ac_power', 'shift').map(({ value }) => value);
    await expect.poll(async () => isRounded((await shown.textContent())!, heard()), SOON).toBe(true);
    const [within, ...over] = [t('verdict.within'), t('verdict.over'), t('verdict.estimateOver')];
    // Both move on, and the figure is shown rounded: next to its limit the one may be ahead of the other.
    const judged = async (): Promise<boolean> => {
      const verdict = (await card.locator('.verdict strong').textContent())!;
      return numberOf(await shown.textContent()) <= 13_000 ? verdict === within : over.includes(verdict);
    };
    await expect.poll(judged, SOON).toBe(true);
    await card.getByText('≤ 13,000 kWh/t').waitFor();
    expect(visitor.clicks).toBe(0);
  });

  test("today's figure of the potline, with what is to spare", async () => {
    const { page, t } = visitor;
    await toLine('potline-1');
    await visitor.click(visitor.button('kind.day'));
    const row = page.locator('table.figures tbody tr').first();
    await row.getByText(t('line.soFar')).waitFor();
    const heard = () => visitor.heard.newest('potline-1.ac_power', 'day').map(({ value }) => value);
    await expect
      .poll(async () => isRounded((await row.locator('td').first().textContent())!, heard()), SOON)
      .toBe(true);
    const [value, spare] = await row.locator('td').allTextContents();
    expect(Math.abs(13_000 - numberOf(value!) - numberOf(spare!.replace('−', '-')))).toBeLessThan(1);
    expect(visitor.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });

  test('which signal is bad, and why: on the overview, and among the signals', async () => {
    const { page, t } = visitor;
    const bad = visitor.named(visitor.plant.tags.find(({ id }) => id === BAD_TAG)!);
    const told = page.locator('.quality li').filter({ hasText: bad });
    await told.getByText(t('cause.device')).waitFor();
    expect(visitor.clicks).toBe(0);
    await visitor.go('signals');
    await visitor.click(page.getByRole('checkbox'));
    await page.locator('tbody tr.bad').filter({ hasText: bad }).getByText(t('cause.device')).waitFor();
    expect(visitor.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });

  test("the last coil's energy", async () => {
    const { page } = visitor;
    await toLine('mill-1');
    const coils = line('mill-1').metrics.find(({ id }) => id === 'mill-1.coil_energy')!;
    const row = page
      .getByRole('region', { name: visitor.named(coils) })
      .locator('tbody tr')
      .first();
    const agrees = async (): Promise<boolean> => {
      const { figures } = await visitor.api(FiguresPage, `/v1/metrics/${coils.id}?window=coil`);
      const last = figures.at(-1)!;
      const energy = last.amounts.filter(({ role }) => role === 'numerator').reduce((sum, { value }) => sum + value, 0);
      return (
        (await row.locator('th').textContent()) === last.window.product &&
        isRounded((await row.locator('td.number').nth(1).textContent())!, [energy])
      );
    };
    await expect.poll(agrees, SOON).toBe(true);
    expect(visitor.clicks).toBe(1);
  });

  test('how the last shift compares: with its limit and the day before, and with the shifts before it', async () => {
    const { page, t } = visitor;
    await visitor.go('report');
    await visitor.click(page.getByRole('link', { name: visitor.named(line('potline-1')) }));
    await expectJudged(visitor, line('potline-1').metrics[0]!);
    await page.getByRole('columnheader', { name: t('line.key.earlier') }).waitFor();
    expect(visitor.clicks).toBeLessThanOrEqual(MOST_CLICKS);

    await visitor.arrive();
    await toLine('potline-1');
    await visitor.click(visitor.button('kind.shift'));
    const shifts = page.locator('table.figures tbody tr');
    await shifts.nth(1).waitFor();
    expect(numberOf(await shifts.nth(1).locator('td').first().textContent())).toBeGreaterThan(10_000);
    expect(visitor.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });

  test("a ladle's weight is entered: two clicks, its number and its weight", async () => {
    const { page, t } = visitor;
    await visitor.go('entries');
    // Of the meters that take weights the potline's is chosen from the list by the keyboard or by a second hand.
    await page.getByLabel(t('entries.meter')).selectOption('potline-1.ladles');
    await page.locator('#entry-piece').fill(`L-${language}`);
    await page.locator('#entry-amount').fill('7.9');
    await visitor.click(visitor.button('entries.enter'));
    await page.getByRole('dialog').getByLabel(t('who.label')).fill('Li Wei');
    await page.keyboard.press('Enter');
    await page.locator('.receipt').waitFor();
    const [first] = (await visitor.api(EntriesPage, '/v1/entries')).entries;
    expect(first).toMatchObject({ by: 'Li Wei', refused: null, entered: { piece: `L-${language}`, amount: 7.9 } });
    expect(visitor.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });
});
