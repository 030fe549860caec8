import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { FiguresPage } from '../../../agent/http/answers.ts';
import { SystemBody } from '../../../agent/http/system.ts';
import type { Metric } from '../../../agent/page/src/contract.ts';
import { BAD_TAG, DEAD_DEVICE, UNREACHED } from '../../support/livelyPlant.ts';
import { isRounded } from '../../support/shown.ts';
import { numberOf, SOON, type Visitor } from '../../support/visitor.ts';

/** What each view shows, against what the agent says. Page and agent both move on, so that all is asked until it agrees. */

export async function overview(visitor: Visitor): Promise<void> {
  const { page, plant, t } = visitor;
  await visitor.arrive();
  for (const line of plant.lines) {
    const card = page.getByRole('article', { name: visitor.named(line) });
    await expectHeard(visitor, card.locator('.figure strong'), line.main);
    for (const meter of line.meters) {
      const amount = card.locator('.amounts dl > div').filter({ hasText: visitor.named(meter) });
      if (meter.id !== 'potline-1.ladles') await expectHeard(visitor, amount.locator('.value').first(), meter.id);
    }
    for (const metric of line.metrics.slice(1).filter(({ windows }) => windows.includes('shift')))
      await expectHeard(
        visitor,
        card
          .locator('.other')
          .filter({ hasText: visitor.named(metric) })
          .locator('.value'),
        metric.id,
      );
    const signals = plant.tags.filter(({ lines }) => lines.includes(line.id)).length;
    const words =
      line.id === 'potline-1' ? t('quality.bad', { bad: 1, total: signals }) : t('quality.good', { total: signals });
    await card.getByText(words).waitFor();
  }
  await page
    .getByRole('article', { name: visitor.named(plant.lines[0]!) })
    .locator('.verdict')
    .getByText(t('verdict.over'))
    .waitFor();
  await page
    .getByText(new RegExp(t('cause.device')))
    .first()
    .waitFor();
  await page
    .getByRole('region', { name: t('quality.others') })
    .getByText(DEAD_DEVICE)
    .waitFor();
}

/** The unit may stand beside the number. */
const expectHeard = (visitor: Visitor, shown: Locator, id: string, kind = 'shift'): Promise<void> => {
  const agrees = async (): Promise<boolean> => {
    const [number] = (await shown.textContent())!.trim().split(/\s/);
    return isRounded(
      number!,
      visitor.heard.newest(id, kind).map(({ value }) => value),
    );
  };
  return expect.poll(agrees, SOON).toBe(true);
};

export async function line(visitor: Visitor): Promise<void> {
  const { page, plant, t } = visitor;
  await visitor.arrive();
  const potline = plant.lines.find(({ id }) => id === 'potline-1')!;
  await visitor.click(page.getByRole('heading').getByRole('link', { name: visitor.named(potline) }));
  await expectHeard(visitor, page.locator('.figure strong'), potline.main);
  for (const window of ['quarterHour', 'shift'] as const) {
    await visitor.button(`kind.${window}`).click();
    await expectFigures(visitor, potline.main, window);
  }
  await page.getByRole('combobox').selectOption({ label: visitor.named(potline.meters[0]!) });
  await expectFigures(visitor, potline.meters[0]!.id, 'shift');
  const consumers = page.locator('.consumers li');
  expect(await consumers.count()).toBe(potline.meters.length);
  await expectHeard(
    visitor,
    consumers.filter({ hasText: visitor.named(potline.meters[0]!) }).locator('.value'),
    potline.meters[0]!.id,
  );
  const signals = page.locator('.line-signals li');
  const own = plant.tags.filter(({ lines }) => lines.includes(potline.id));
  expect(await signals.count()).toBe(own.length);
  const bad = signals.filter({ hasText: visitor.named(own.find(({ id }) => id === BAD_TAG)!) });
  expect(await bad.textContent()).toContain(t('cause.device'));
}

/** Every closed window's row says what the API says of it; the running one is the first. */
async function expectFigures(visitor: Visitor, id: string, window: string): Promise<void> {
  const rows = visitor.page.locator('table.figures tbody tr');
  await rows.first().getByText(visitor.t('line.soFar')).waitFor();
  const same = async (): Promise<boolean[]> => {
    const { figures } = await visitor.api(FiguresPage, `/v1/metrics/${id}?window=${window}`);
    const shown = await rows.evaluateAll((all) =>
      all.slice(1).map((row) => [row.querySelector('a')!.hash, row.querySelector('td')!.textContent] as const),
    );
    return shown.map(([hash, text]) => {
      const at = new URLSearchParams(hash.split('?')[1]).get('at')!;
      const figure = figures.find(({ window: { start } }) => Date.parse(start) === Date.parse(at));
      return figure !== undefined && (figure.value === null ? text === '–' : isRounded(text!, [figure.value]));
    });
  };
  await expect.poll(async () => new Set(await same()), SOON).toEqual(new Set([true]));
}

export async function pieces(visitor: Visitor): Promise<void> {
  const { page, plant } = visitor;
  await visitor.arrive();
  const mill = plant.lines.find(({ id }) => id === 'mill-1')!;
  await visitor.click(page.getByRole('heading').getByRole('link', { name: visitor.named(mill) }));
  const table = page.getByRole('region', {
    name: visitor.named(mill.metrics.find(({ id }) => id === 'mill-1.coil_energy')!),
  });
  const row = table.locator('tbody tr').first();
  await row.waitFor();
  const agrees = async (): Promise<boolean> => {
    const { figures } = await visitor.api(FiguresPage, '/v1/metrics/mill-1.coil_energy?window=coil');
    const name = (await row.locator('th').textContent())!;
    const coil = figures.find(({ window }) => window.product === name);
    const [weight, energy, ratio] = await row.locator('td.number').allTextContents();
    const sum = (role: string): number =>
      coil!.amounts.filter((amount) => amount.role === role).reduce((total, { value }) => total + value, 0);
    return (
      coil !== undefined &&
      isRounded(weight!, [sum('denominator')]) &&
      isRounded(energy!, [sum('numerator')]) &&
      isRounded(ratio!, [coil.value])
    );
  };
  await expect.poll(agrees, SOON).toBe(true);
}

export async function report(visitor: Visitor): Promise<void> {
  const { page, plant, t } = visitor;
  await visitor.arrive();
  await visitor.go('report');
  for (const { name, metrics } of plant.lines) {
    await page
      .getByRole('list', { name: t('line.others') })
      .getByRole('link', { name: name[visitor.language] })
      .click();
    await page.getByRole('heading', { name: `${t('report.shift')} · ${name[visitor.language]}` }).waitFor();
    await expectJudged(visitor, metrics[0]!);
  }
  await page.getByRole('combobox', { name: t('report.which') }).selectOption({ index: 0 });
  const before = await visitor.printed();
  await visitor.button('report.print').click();
  expect(await visitor.printed()).toBe(before + 1);
  await visitor.button('kind.day').click();
  await page.getByText(t('report.none')).waitFor();
}

/** The report's row of a metric: value, what is to spare, and verdict of one of its shifts. */
export async function expectJudged(visitor: Visitor, metric: Metric): Promise<void> {
  const row = visitor.page.locator('.judged tbody tr').filter({ hasText: visitor.named(metric) });
  await row.waitFor();
  const agrees = async (): Promise<boolean> => {
    const [value, , , margin, verdict] = await row.locator('td').allTextContents();
    const { figures } = await visitor.api(FiguresPage, `/v1/metrics/${metric.id}?window=shift`);
    const shown = value!.split(' ')[0]!;
    const figure = figures.find((one) => isRounded(shown, [one.value]));
    const spare = metric.limit!.bound - numberOf(shown) - numberOf(margin!.replace('−', '-'));
    return (
      figure !== undefined && Math.abs(spare) < 1 && verdict!.includes(visitor.t(`alarms.state.${figure.limit!.state}`))
    );
  };
  await expect.poll(agrees, SOON).toBe(true);
}

export async function signals(visitor: Visitor): Promise<void> {
  const { page, plant, t } = visitor;
  await visitor.arrive();
  await visitor.go('signals');
  const region = (device: string): Locator => page.getByRole('region', { name: device });
  for (const { id } of plant.endpoints) {
    const own = plant.tags.filter(({ endpoint }) => endpoint === id).length;
    await expect.poll(() => region(id).locator('tbody tr').count(), SOON).toBe(own);
  }
  await region(DEAD_DEVICE)
    .getByRole('heading')
    .getByText(new RegExp(t('cause.refused')))
    .waitFor();
  const rowOf = (id: string): Locator => page.locator('tbody tr').filter({ has: page.getByText(id, { exact: true }) });
  await expectHeard(visitor, rowOf('potline.current').locator('td.number').first(), 'potline.current', '');
  await rowOf(BAD_TAG).getByText(t('cause.device')).waitFor();
  // Of what was due: a value that comes twice, or in a period that has not ended, makes it no more than all.
  const shares = page.getByText(new RegExp(t('signals.acquired', { share: '[\\d.]+ %' })));
  await shares.first().waitFor();
  for (const share of await shares.allTextContents())
    expect(numberOf(/[\d.]+(?= ?%)/.exec(share)![0])).toBeLessThanOrEqual(100);
  const total = plant.tags.length;
  await page.getByRole('searchbox').fill('rectifier');
  const found = plant.tags.filter(({ id }) => id.includes('rectifier')).length;
  await page.getByText(t('signals.count', { shown: found, total }), { exact: true }).waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByRole('checkbox').check();
  await page.getByText(t('signals.count', { shown: 2, total }), { exact: true }).waitFor();
}

export async function system(visitor: Visitor): Promise<void> {
  const { page, t } = visitor;
  await visitor.arrive();
  await visitor.go('system');
  const answer = await visitor.api(SystemBody, '/v1/system');
  await page.getByText(t('system.ready')).waitFor();
  for (const words of [answer.version, answer.sqlite, answer.agent, answer.configuration.slice(0, 19)])
    await page.getByText(words).first().waitFor();
  await page.getByText(`${t('reasons.endpointDown', { name: DEAD_DEVICE })} — ${t('cause.refused')}`).waitFor();
  await page.getByText(`${t('reasons.platformDown', { name: UNREACHED })} — ${t('cause.refused')}`).waitFor();
  await page.getByRole('heading', { name: t('system.certificates', { count: answer.certificates.length }) }).waitFor();
  await page
    .getByRole('row')
    .filter({ hasText: t('system.whose.ours') })
    .first()
    .waitFor();
  for (const { id, url, state, failures } of answer.platforms) {
    const row = page.locator('tr').filter({ hasText: id }).filter({ hasText: url });
    const said = (await row.textContent())!;
    expect(said).toContain(state === 'up' ? t('signals.up', { since: '' }).trim().split(' ')[0]! : t('cause.refused'));
    expect(failures > 0).toBe(!said.includes(t('system.noFailure')));
  }
  expect(answer.readers.some(({ remote }) => remote === 'control-room')).toBe(true);
  await page.getByRole('row').filter({ hasText: 'control-room' }).first().waitFor();
}

export async function wall(visitor: Visitor): Promise<void> {
  const { page, plant, t } = visitor;
  await visitor.arrive();
  await visitor.go('system');
  await visitor.click(page.getByRole('link', { name: t('system.wall') }));
  for (const line of plant.lines)
    await expectHeard(
      visitor,
      page.getByRole('article', { name: visitor.named(line) }).locator('.figure strong'),
      line.main,
    );
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await page.getByRole('button').count()).toBe(0);
}
