import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readShelf } from '../../config/library.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import type { PlantConfig } from '../../config/plant.ts';
import { CASES, type IndicatorCase } from './indicatorCases.ts';
import { indicatorRows, indicatorsPage } from './indicatorsPage.ts';
import { DAY, runDay } from './madeUpDay.ts';

const root = join(import.meta.dirname, '../..');
const fileOf = (example: string): string => `config/examples/indicators/${example}.yaml`;

async function loadExample(example: string): Promise<PlantConfig> {
  const loaded = await loadConfig(join(root, fileOf(example)));
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  return loaded.config;
}

const table = (await readShelf('indicators', ['guangxi-2025'], '/nowhere/plant.yaml')).volumes.get('guangxi-2025')!;
const names = [...new Set(Object.values(CASES).flatMap((cases) => cases.map(({ example }) => example)))];
const examples = new Map(await Promise.all(names.map(async (name) => [name, await loadExample(name)] as const)));

/** The amounts with the lever moved so that the figure comes to `target`; the figure is linear in the lever. */
function broughtTo({ amounts, lever, byHand }: IndicatorCase, target: number): Record<string, number> {
  const figure = (value: number): number => byHand((meter) => ({ ...amounts, [lever]: value })[meter]!);
  const [from, to] = [figure(0), figure(amounts[lever]!)];
  return { ...amounts, [lever]: (amounts[lever]! * (target - from)) / (to - from) };
}

test('every row of the table has an example, and nothing else has', () => {
  expect(Object.keys(CASES).sort()).toEqual(table.indicators.map(({ id }) => id).sort());
});

describe.each(table.indicators)('$id', ({ id, op, bound, unit, quote }) => {
  test.each(CASES[id] ?? [])('$metric', (one) => {
    const config = examples.get(one.example)!;
    const metric = config.metrics.find((candidate) => candidate.id === one.metric);
    expect(metric?.limit).toMatchObject({ indicator: id, op, bound, unit, quote });
    const coefficients = [...metric!.numerator, ...metric!.denominator].map(({ coefficient }) => coefficient);

    const slight = (op === '<=' ? 1 : -1) * bound * 1e-6;
    const verdicts = [bound - slight, bound, bound + slight].map((target) => {
      const amounts = broughtTo(one, target);
      expect(Math.min(...Object.values(amounts))).toBeGreaterThan(0);
      const figure = runDay(config, amounts).final(one.metric, 'day', DAY);
      const byHand = one.byHand((meter) => amounts[meter]!);
      expect(figure).toMatchObject({ unit, statusCode: 'good', reason: null });
      expect(figure.amounts.map(({ coefficient }) => coefficient)).toEqual(coefficients);
      expect(Math.abs(figure.value! / byHand - 1)).toBeLessThan(1e-12);
      return figure.limit?.state;
    });
    expect(verdicts).toEqual(['normal', 'normal', 'excursion']);
  });
});

test('the page that links rows, examples and metrics is up to date (vitest -u writes it)', async () => {
  await expect(indicatorsPage(table, examples)).toMatchFileSnapshot(join(root, 'docs/indicators.md'));
});

test("the README's table of rows, examples and tests is up to date", () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(indicatorRows(table));
});
