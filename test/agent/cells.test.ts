import { expect, onTestFinished, test } from 'vitest';
import { EntriesPage, EntryReceipt } from '../../agent/http/answers.ts';
import type { PlantDescription } from '../../agent/http/contract.ts';
import { launchBrowser } from '../support/browser.ts';
import { SOON, Visitor } from '../support/visitor.ts';
import { agentKit, BY_HAND, minute } from './agentKit.ts';

/** Metal from the same current, the cells of which two meters leave to operators and a third to a tag. */
const METAL = `
  - { id: metal, line: mill, kind: faraday, quantity: metal, unit: t, tag: current, cells: 240, efficiency: 0.93 }
  - { id: theory, line: mill, kind: faraday, quantity: metal, unit: t, tag: current, cells: 240, efficiency: 1 }
  - { id: tagged, line: mill, kind: faraday, quantity: metal, unit: t, tag: current, cells: cells, efficiency: 1 }
derived:
  - { id: current, unit: kA, inputs: { e: feeder.energy }, expression: e }
  - { id: cells, unit: "1", inputs: { e: feeder.energy }, expression: e }
metrics:`;

const CELLS = { type: 'cells', key: 'out', meter: 'metal', by: 'Li', cells: 238, at: minute(1) };

test('cells in operation are entered where no tag tells them, once by their key', async () => {
  const kit = await agentKit(BY_HAND.replace('metrics:', METAL));
  onTestFinished(() => kit.close());
  const enter = async (more: object = {}): Promise<{ status: number; said: unknown }> => {
    const answer = await kit.post('/v1/entries', { ...CELLS, ...more });
    return { status: answer.status, said: await answer.json() };
  };
  for (const _ of ['told', 'told again']) {
    const { entry } = EntryReceipt.parse((await enter()).said);
    expect(entry).toMatchObject({ refused: null, entered: { cells: 238 } });
  }
  expect((await enter({ cells: 237 })).status).toBe(409);
  expect((await enter({ key: 'half', cells: 237.5 })).status).toBe(400);
  expect(await enter({ key: 'tagged', meter: 'tagged' })).toMatchObject({
    ...{ status: 422, said: { message: 'the tag cells says how many cells are in operation' } },
  });
  expect(await enter({ key: 'coils', meter: 'coils' })).toMatchObject({
    ...{ status: 422, said: { message: 'only a faraday meter has cells' } },
  });
  const { lines } = (await kit.json('/v1/plant')) as PlantDescription;
  const takers = lines[0]!.meters.filter(({ entries }) => entries.includes('cells'));
  expect(takers.map(({ id }) => id)).toEqual(['metal']);
});

test.for(['en', 'zh'] as const)(
  'on the page (%s) cells are a sort of entry, listed with who said it',
  async (language) => {
    const [kit, browser] = await Promise.all([agentKit(BY_HAND.replace('metrics:', METAL)), launchBrowser()]);
    onTestFinished(() => Promise.all([browser.close(), kit.close()]).then(() => {}));
    const visitor = await Visitor.at(browser, kit.url, { language, size: 'phone' });
    const { page, t } = visitor;
    await visitor.go('entries');
    await visitor.button('entries.cells').click();
    expect(await page.locator('#entry-meter').inputValue()).toBe('metal');
    await page.locator('#entry-cells').fill('238');
    await visitor.button('entries.enter').click();
    await page.getByRole('dialog').getByLabel(t('who.label')).fill('Li');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('who.go') })
      .click();
    await page.locator('.receipt').waitFor();
    const listed = page.locator('table.entered tbody tr').filter({ hasText: `${t('entries.field.cells')} 238` });
    await listed.filter({ hasText: 'Li' }).waitFor();
    const told = async () => (await visitor.api(EntriesPage, '/v1/entries')).entries;
    await expect
      .poll(told, SOON)
      .toMatchObject([{ type: 'cells', meter: 'metal', by: 'Li', entered: { cells: 238 }, refused: null }]);
    await visitor.expectCalm();
  },
);
