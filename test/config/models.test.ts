import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readShelf } from '../../config/library.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { DAY, runDay } from './madeUpDay.ts';
import { MILL } from './mill.ts';
import { configOf, faultsOf, load } from './plant.ts';

const root = join(import.meta.dirname, '../..');

const millWith = (before: string, after: string): string => {
  if (!MILL.includes(before)) throw new Error(`the mill has no ${before}`);
  return MILL.replace(before, after);
};
const idsOf = (entries: readonly { readonly id: string }[]): string[] => entries.map(({ id }) => id);

describe('a rolling mill', () => {
  test('has all its meters and metrics, by its own name', async () => {
    const { lines, meters, metrics } = await configOf(MILL);
    expect(lines).toEqual([
      {
        ...{ id: 'mill-1', model: 'rolling-mill', kind: 'rolling-mill', equipment: 'acme/baise/mill-1' },
        ...{ name: { en: 'Rolling mill', zh: '轧机' }, main: 'mill-1.electricity' },
      },
    ]);
    expect(idsOf(meters)).toEqual(
      ['feeder-1', 'feeder-2', 'furnace', 'water', 'circulating', 'slabs', 'coils'].map((meter) => `mill-1.${meter}`),
    );
    expect(meters[1]).toMatchObject({ name: { en: 'Electricity 2', zh: '2号电量' }, line: 'mill-1', maxRate: 20_000 });
    expect(idsOf(metrics)).toEqual(
      ['electricity', 'process_energy', 'gas', 'new_water', 'circulation_rate', 'yield'].map((id) => `mill-1.${id}`),
    );
    expect(metrics.find(({ id }) => id === 'mill-1.new_water')!.limit).toMatchObject({
      indicator: 'steel.water',
      bound: 2.7,
    });
  });

  test('has the figures that its amounts give', async () => {
    const amounts = {
      'feeder-1': 90_000,
      'feeder-2': 20_000,
      furnace: 40_000,
      water: 500,
      circulating: 9_500,
      slabs: 1_050,
      coils: 1_000,
    };
    const day = runDay(
      await configOf(MILL),
      Object.fromEntries(Object.entries(amounts).map(([id, of]) => [`mill-1.${id}`, of])),
    );
    const figure = (id: string): number => day.final(`mill-1.${id}`, 'day', DAY).value!;
    expect(figure('electricity')).toBeCloseTo(110, 10);
    expect(figure('process_energy')).toBeCloseTo(
      (110_000 * 0.1229 + (40_000 * 35) / 29.3076 + 500 * 0.2571) / 1_000,
      10,
    );
    expect(figure('gas')).toBeCloseTo(40, 10);
    expect(figure('new_water')).toBeCloseTo(0.5, 10);
    expect(figure('circulation_rate')).toBeCloseTo(95, 10);
    expect(figure('yield')).toBeCloseTo(95.238095238, 8);
  });

  test('with coils that have a time of their own has figures by coil, and the idle share', async () => {
    const text = MILL.replace('    meters:\n', '    meters:\n      coil: { longest: 10min }\n');
    const { meters, metrics } = await configOf(text);
    expect(meters.find(({ id }) => id === 'mill-1.coil')).toMatchObject({ kind: 'product', pieces: 'mill-1.coils' });
    expect(meters.find(({ id }) => id === 'mill-1.idle-2')).toMatchObject({
      ...{ kind: 'idle', of: 'mill-1.feeder-2', outside: 'mill-1.coil', name: { en: 'Idle electricity 2' } },
    });
    expect(metrics.filter(({ windows }) => windows.includes('coil')).map(({ id }) => id)).toEqual(
      ['electricity', 'process_energy', 'gas', 'new_water'].map((id) => `mill-1.${id}`),
    );
    expect(metrics.find(({ id }) => id === 'mill-1.idle_share')).toMatchObject({
      numerator: [{ meter: 'mill-1.idle-1' }, { meter: 'mill-1.idle-2' }],
      denominator: [{ meter: 'mill-1.feeder-1' }, { meter: 'mill-1.feeder-2' }],
    });
  });

  test('without a meter has no metric of it', async () => {
    const { metrics } = await configOf(MILL.replace(/ {6}(furnace|circulating|slabs): .*\n/g, ''));
    expect(idsOf(metrics)).toEqual(['mill-1.electricity', 'mill-1.new_water']);
  });

  test('forms the windows that the plant forms', async () => {
    const { metrics } = await configOf(
      millWith('path: acme/baise', 'path: acme/baise, windows: [minute, hour, month]'),
    );
    expect(metrics.map(({ windows }) => windows)).toEqual([...Array(5).fill(['hour', 'month']), ['month']]);
  });

  test('of a plant without a table of indicators is not judged', async () => {
    const { metrics } = await configOf(millWith('indicators: guangxi-2025\n', ''));
    expect(metrics.every(({ limit }) => limit === null)).toBe(true);
  });
});

test('an arc furnace has its electricity per tonne beside its comprehensive energy, and by heat where a tag tells of heats', async () => {
  const text = await readFile(join(root, 'config/examples/indicators/steel-short.yaml'), 'utf8');
  const day = runDay(await configOf(text), { 'eaf-1.feeder': 900_000, 'eaf-1.steel': 2_000 });
  expect(day.final('eaf-1.electricity', 'day', DAY)).toMatchObject({ value: 450, unit: 'kWh/t', limit: null });
  const { metrics } = await configOf(
    text.replace('      steel: {', '      heat: { inLine: heat.number }\n      steel: {'),
  );
  expect(metrics.find(({ id }) => id === 'eaf-1.electricity')!.windows).toContain('heat');
});

describe('what the file has itself', () => {
  test('changes the keys that it has', async () => {
    const { metrics } = await configOf(`${MILL}metrics:
  - { id: mill-1.electricity, minDenominator: 15, limit: { op: "<=", bound: 110 } }
`);
    expect(metrics).toHaveLength(6);
    expect(metrics[0]).toMatchObject({
      ...{ id: 'mill-1.electricity', minDenominator: 15, unit: 'kWh/t', plausible: [5, 2_000] },
      numerator: [{ meter: 'mill-1.feeder-1' }, { meter: 'mill-1.feeder-2' }],
      limit: { bound: 110, indicator: null },
    });
  });

  test('replaces what it has in full', async () => {
    const { meters, metrics } = await configOf(`${MILL}meters:
  - { id: mill-1.water, line: mill-1, kind: gauge, quantity: water, unit: m3, tag: water, scale: 0.5 }
metrics:
  - { id: mill-1.new_water, line: mill-1, unit: m3/t, numerator: [mill-1.water], denominator: [mill-1.coils] }
`);
    expect(meters[0]).toMatchObject({ id: 'mill-1.water', kind: 'gauge' });
    expect(meters[0]).not.toHaveProperty('maxRate');
    expect(metrics[0]).toMatchObject({ id: 'mill-1.new_water', limit: null, minDenominator: 0 });
  });

  test('may stand beside a model, and use its meters', async () => {
    const { metrics } = await configOf(`${MILL}metrics:
  - { id: gas_per_kwh, unit: Nm3/kWh, numerator: [mill-1.furnace], denominator: [mill-1.feeder-1] }
`);
    expect(idsOf(metrics)[0]).toBe('gas_per_kwh');
  });
});

describe("a fault is told at the line's own place", () => {
  test.each([
    [
      'model: rolling-mill',
      'model: roling-mill',
      '7:12 lines[0].model: no line model named "roling-mill"; did you mean "rolling-mill"?',
    ],
    [
      'coils: {',
      'coilz: {',
      '14:7 lines[0].meters.coilz: the model rolling-mill has no meter "coilz"; did you mean "coils"?',
    ],
    ['tag: drive,', 'tag: drvie,', '9:23 lines[0].meters.feeder[0].tag: no tag named "drvie"; did you mean "drive"?'],
    ['tag: aux, maxRate: 20000', 'tag: aux', '9:49 lines[0].meters.feeder[1].maxRate: missing'],
    [
      'maxRate: 3000, scale: 0.001',
      'maxRate: 3000',
      '11:14 lines[0].meters.water.unit: the tag "water" gives L, the meter is in m3: give a scale of 0.001',
    ],
    ['maxRate: 3000,', 'maxrate: 3000,', '11:14 lines[0].meters.water.maxRate: missing'],
    [
      'natural-gas,',
      'natural-gaz,',
      '10:51 lines[0].meters.furnace.energy: no coefficient named "natural-gaz" in gb-t-2589-2020; did you mean "natural-gas"?',
    ],
    [
      'model: rolling-mill',
      'model: rolling-mill\n    route: hot',
      '8:12 lines[0].route: no route "hot"; the model has no routes',
    ],
  ])('%s -> %s', async (before, after, fault) => {
    expect(await faultsOf(millWith(before, after))).toContain(`plant.yaml:${fault}`);
  });

  test('what only the file can give is asked for', async () => {
    expect(await faultsOf(millWith('id: mill-1\n    model', 'model'))).toEqual(['plant.yaml:6:5 lines[0].id: missing']);
    expect(await faultsOf(`${MILL}meters: {}\n`)).toContainEqual(expect.stringMatching(/ meters: \{\} is not a list$/));
  });

  test('a line whose meters make no figure is told so', async () => {
    expect(
      await faultsOf(MILL.replace(/ {6}(feeder|furnace|water): .*\n/g, '').replace(/ {6}(slabs|coils): .*\n/g, '')),
    ).toEqual([
      'plant.yaml:6:5 lines[0].main: missing',
      'plant.yaml:9:7 lines[0].meters: the model rolling-mill makes no metric of these meters',
    ]);
  });

  test('a sum that would lack a coefficient is refused, not made too small', async () => {
    const text = MILL.replace(/, energy: \{[^}]*\}/, '');
    expect(await faultsOf(text)).toEqual([
      'plant.yaml:10:16 lines[0].meters.furnace.energy: missing: mill-1.process_energy needs its coefficient: table/name, or a number in kgce/Nm3',
    ]);
  });

  test('what the same place causes twice is told once', async () => {
    const text = millWith('model: rolling-mill', 'model: potline')
      .replace(/meters:\n( {6}.*\n)+/, 'meters: { metal: { tag: gsa, cells: 240, efficiency: 0.93 } }\n')
      .replace('model: potline', 'model: potline\n    route: hydro');
    const told = await faultsOf(text);
    expect(told.filter((fault) => fault.includes('"gsa"'))).toHaveLength(1);
  });

  test('a route is one of the model’s', async () => {
    const told = await faultsOf(millWith('model: rolling-mill', 'model: alumina\n    route: bayr'));
    expect(told).toContain(
      'plant.yaml:8:12 lines[0].route: no route "bayr"; did you mean "bayer"?; one of bayer, sinter, combined',
    );
  });
});

test('the figures of a potline agree with Faraday and with each other', async () => {
  const loaded = await loadConfig(join(root, 'config/examples/indicators/aluminium.yaml'));
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  // 350 kA through 240 cells for a day: 676.5696 t in theory (metering.md §9, 8 and 10).
  const day = runDay(loaded.config, {
    'potline-1.dc': 8_000_000,
    'potline-1.rectifier-1': 4_100_000,
    'potline-1.rectifier-2': 4_079_726.464,
    'potline-1.ladles': 626,
  });
  const figure = (id: string): number => day.final(`potline-1.${id}`, 'day', DAY).value!;
  expect(figure('theoretical')).toBeCloseTo(676.5696, 8);
  expect(figure('current_efficiency')).toBeCloseTo(92.5256, 4);
  expect(figure('ac_power')).toBeCloseTo(13_066.655693, 5);
  expect(figure('dc_power')).toBeCloseTo(8_000_000 / 626, 8);
  expect(figure('rectifier_efficiency')).toBeCloseTo(800_000_000 / 8_179_726.464, 8);
  expect(figure('mean_cell_voltage')).toBeCloseTo(8_000_000 / (350 * 24 * 240), 8);
});

describe('folders beside the plant’s file', () => {
  test('hold models of the plant', async () => {
    const { folder } = await load(MILL);
    await mkdir(join(folder, 'models'));
    await writeFile(
      join(folder, 'models/rolling-mill.yaml'),
      `title: ours
name: { en: Ours, zh: 我们的 }
meters: { feeder: { about: x, name: { en: F, zh: F }, kind: counter, quantity: electricity, unit: kWh } }
metrics: { share: { name: { en: S, zh: S }, unit: "1", numerator: [feeder], denominator: [feeders], windows: [day] } }
`,
    );
    const loaded = await loadConfig(join(folder, 'plant.yaml'));
    expect('faults' in loaded && describeFaults(loaded.faults)).toBe(
      `${folder}/models/rolling-mill.yaml:4:19 metrics.share: no meter "feeders" in this model`,
    );
  });

  test("hold another plant's limits, which judge the same figures", async () => {
    const { folder } = await load(MILL.replace('guangxi-2025', 'acme-2030'));
    await mkdir(join(folder, 'indicators'));
    const row = (id: string, unit: string, bound: number): string =>
      `  - { id: ${id}, industry: steel, metric: x, unit: ${unit}, op: "<=", bound: ${bound}, quote: "≤${bound}" }\n`;
    await writeFile(
      join(folder, 'indicators/acme-2030.yaml'),
      `title: Acme's aims\nsource: the board\nindicators:\n${row('steel.water', 'm3/t', 0.4)}${row('mill.power', 'kWh/t', 100)}`,
    );
    const aims = 'metrics: [{ id: mill-1.electricity, limit: { indicator: mill.power } }]\n';
    await writeFile(join(folder, 'plant.yaml'), `${MILL.replace('guangxi-2025', 'acme-2030')}${aims}`);
    const loaded = await loadConfig(join(folder, 'plant.yaml'));
    if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
    const day = runDay(loaded.config, {
      'mill-1.feeder-1': 90_000,
      'mill-1.feeder-2': 9_000,
      'mill-1.water': 500,
      'mill-1.coils': 1_000,
    });
    const verdict = (id: string) => day.final(`mill-1.${id}`, 'day', DAY).limit;
    expect(verdict('new_water')).toMatchObject({ indicator: 'steel.water', bound: 0.4, state: 'excursion' });
    expect(verdict('electricity')).toMatchObject({ indicator: 'mill.power', bound: 100, state: 'normal' });
  });
});

const filesIn = async (folder: string): Promise<string[]> => await readdir(join(root, folder));
const models = (await filesIn('config/models')).map((file) => file.replace(/\.yaml$/, ''));

test('every model is without faults', async () => {
  expect((await readShelf('models', models, '/nowhere/plant.yaml')).faults).toEqual([]);
});

test('every model is in use in an example', async () => {
  const used = new Set<unknown>();
  for (const file of await filesIn('config/examples/indicators')) {
    const loaded = await loadConfig(join(root, 'config/examples/indicators', file));
    if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
    for (const { model } of loaded.config.lines) if (model !== undefined) used.add(model);
  }
  expect([...used].sort()).toEqual(models.sort());
});
