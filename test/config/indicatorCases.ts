/**
 * For every row of the plan's table a day's made-up amounts, by meter, and the figure as a person would work it out from
 * them: coefficients are written here as numbers, not read from the tables that are tested. `lever` is the amount that
 * is moved to bring the figure to its bound.
 */
export interface IndicatorCase {
  readonly example: string;
  readonly metric: string;
  readonly amounts: Readonly<Record<string, number>>;
  readonly lever: string;
  /** Of the amounts, by the meter's name on its line. */
  byHand(amount: (meter: string) => number): number;
}

type ByHand = IndicatorCase['byHand'];

const on =
  (example: string, line: string) =>
  (metric: string, lever: string, amounts: Record<string, number>, byHand: ByHand) => ({
    example,
    metric: `${line}.${metric}`,
    lever: `${line}.${lever}`,
    amounts: Object.fromEntries(Object.entries(amounts).map(([meter, amount]) => [`${line}.${meter}`, amount])),
    byHand: ((amount) => byHand((meter) => amount(`${line}.${meter}`))) satisfies ByHand,
  });

/** One amount over another. */
const ratio =
  (numerator: string, denominator: string): ByHand =>
  (of) =>
    of(numerator) / of(denominator);

const works = on('steel-long', 'works');
const eaf = on('steel-short', 'eaf-1');
const thermal = on('aluminium', 'potline-1');
const hydro = on('aluminium', 'potline-2');
const copper = (line: string) => on('copper', line);
const alumina = (line: string) => on('alumina', line);

const worksAmounts = {
  feeder: 3_000_000,
  coal: 9_000,
  coke: 600,
  oxygen: 500_000,
  water: 25_000,
  gas_out: 800_000,
  steel: 12_000,
};
const eafAmounts = {
  feeder: 900_000,
  gas: 20_000,
  oxygen: 60_000,
  carbon: 20,
  electrode: 3,
  water: 3_000,
  steel: 2_000,
};

export const CASES: Readonly<Record<string, readonly IndicatorCase[]>> = {
  'steel.energy.long': [
    works(
      'energy',
      'coal',
      worksAmounts,
      (of) =>
        (of('feeder') * 0.1229 +
          (of('coal') * 26_800) / 29.3076 +
          of('coke') * 971.4 +
          of('oxygen') * 0.4 +
          of('water') * 0.2571 -
          (of('gas_out') * 17.2) / 29.3076) /
        of('steel'),
    ),
  ],
  'steel.energy.short': [
    eaf(
      'energy',
      'feeder',
      eafAmounts,
      (of) =>
        (of('feeder') * 0.1229 +
          (of('gas') * 35.588) / 29.3076 +
          of('oxygen') * 0.4 +
          of('carbon') * 971.4 +
          of('water') * 0.2571) /
        of('steel'),
    ),
  ],
  'steel.co2.long': [
    works(
      'co2_per_tonne',
      'coal',
      worksAmounts,
      (of) =>
        (of('feeder') * 0.0004044 + of('coal') * 2.35 + of('coke') * 2.86 - of('gas_out') * 0.0008864) / of('steel'),
    ),
  ],
  'steel.co2.short': [
    eaf(
      'co2_per_tonne',
      'feeder',
      eafAmounts,
      (of) =>
        (of('feeder') * 0.0004044 + of('gas') * 0.0021622 + of('carbon') * 2.86 + of('electrode') * 3.663) /
        of('steel'),
    ),
  ],
  'steel.pm': [
    works(
      'dust_per_tonne',
      'dust-1',
      { 'dust-1': 2_400, 'dust-2': 1_200, steel: 12_000 },
      (of) => (of('dust-1') + of('dust-2')) / of('steel'),
    ),
    eaf('dust_per_tonne', 'dust', { dust: 240, steel: 2_000 }, ratio('dust', 'steel')),
  ],
  'steel.so2': [
    works('so2_per_tonne', 'so2', { so2: 4_800, steel: 12_000 }, ratio('so2', 'steel')),
    eaf('so2_per_tonne', 'so2', { so2: 480, steel: 2_000 }, ratio('so2', 'steel')),
  ],
  'steel.nox': [
    works('nox_per_tonne', 'nox', { nox: 4_800, steel: 12_000 }, ratio('nox', 'steel')),
    eaf('nox_per_tonne', 'nox', { nox: 480, steel: 2_000 }, ratio('nox', 'steel')),
  ],
  'steel.water': [
    works('new_water', 'water', { water: 25_000, steel: 12_000 }, ratio('water', 'steel')),
    eaf('new_water', 'water', { water: 3_000, steel: 2_000 }, ratio('water', 'steel')),
  ],
  'copper.energy.blister': [
    copper('smelter')(
      'energy',
      'coal',
      { feeder: 150_000, coal: 60, water: 2_000, steam_out: 100, copper: 400 },
      (of) =>
        (of('feeder') * 0.1229 + of('coal') * 714.3 + of('water') * 0.2571 - of('steam_out') * 128.6) / of('copper'),
    ),
  ],
  'copper.energy.anode.scrap': [
    copper('scrap')(
      'energy',
      'oil',
      { feeder: 50_000, oil: 20, water: 500, copper: 200 },
      (of) => (of('feeder') * 0.1229 + of('oil') * 1_428.6 + of('water') * 0.2571) / of('copper'),
    ),
  ],
  'copper.energy.anode.blister': [
    copper('anode')(
      'energy',
      'oil',
      { feeder: 50_000, oil: 20, water: 500, copper: 200 },
      (of) => (of('feeder') * 0.1229 + of('oil') * 1_428.6 + of('water') * 0.2571) / of('copper'),
    ),
  ],
  'copper.energy.refining.scrap': [
    copper('refinery-1')(
      'energy',
      'steam',
      { feeder: 300_000, steam: 900, water: 800, copper: 40 },
      (of) => (of('feeder') * 0.1229 + of('steam') * 128.6 + of('water') * 0.2571) / of('copper'),
    ),
  ],
  'copper.energy.refining.blister': [
    copper('refinery-2')(
      'energy',
      'steam',
      { feeder: 60_000, steam: 100, water: 800, copper: 200 },
      (of) => (of('feeder') * 0.1229 + of('steam') * 128.6 + of('water') * 0.2571) / of('copper'),
    ),
  ],
  'copper.water': ['smelter', 'scrap', 'anode', 'refinery-1', 'refinery-2'].map((line) =>
    copper(line)('new_water', 'water', { water: 2_000, copper: 200 }, ratio('water', 'copper')),
  ),
  'alumina.so2.bayer': [
    alumina('bayer')('so2_per_tonne', 'so2', { so2: 240, alumina: 3_000 }, ratio('so2', 'alumina')),
  ],
  'alumina.so2.combined': [
    alumina('combined')('so2_per_tonne', 'so2', { so2: 240, alumina: 3_000 }, ratio('so2', 'alumina')),
  ],
  'alumina.water.bayer': [
    alumina('bayer')('new_water', 'water', { water: 4_000, alumina: 3_000 }, ratio('water', 'alumina')),
  ],
  'alumina.water.sinter': [
    alumina('sinter')('new_water', 'water', { water: 4_000, alumina: 3_000 }, ratio('water', 'alumina')),
  ],
  'alumina.water.combined': [
    alumina('combined')('new_water', 'water', { water: 4_000, alumina: 3_000 }, ratio('water', 'alumina')),
  ],
  'aluminium.ac_power': [
    thermal(
      'ac_power',
      'rectifier-1',
      { 'rectifier-1': 4_000_000, 'rectifier-2': 4_100_000, ladles: 626 },
      (of) => (of('rectifier-1') + of('rectifier-2')) / of('ladles'),
    ),
    hydro(
      'ac_power',
      'rectifier-1',
      { 'rectifier-1': 8_000_000, 'rectifier-2': 100_000, ladles: 626 },
      (of) => (of('rectifier-1') + of('rectifier-2')) / of('ladles'),
    ),
  ],
  'aluminium.co2.thermal': [
    thermal(
      'co2_per_tonne',
      'rectifier-1',
      { 'rectifier-1': 4_000_000, 'rectifier-2': 4_100_000, ladles: 626 },
      (of) => ((of('rectifier-1') + of('rectifier-2')) * 0.0008426) / of('ladles') + 1.424,
    ),
  ],
  'aluminium.co2.hydro': [
    hydro(
      'co2_per_tonne',
      'rectifier-2',
      { 'rectifier-1': 8_000_000, 'rectifier-2': 100_000, ladles: 626 },
      (of) => (of('rectifier-2') * 0.0004044) / of('ladles') + 1.424,
    ),
  ],
  'aluminium.pm': [thermal('dust_per_tonne', 'dust', { dust: 720, ladles: 626 }, ratio('dust', 'ladles'))],
  'aluminium.so2': [thermal('so2_per_tonne', 'so2', { so2: 4_800, ladles: 626 }, ratio('so2', 'ladles'))],
  'aluminium.water': [thermal('new_water', 'water', { water: 1_200, ladles: 626 }, ratio('water', 'ladles'))],
  solid_waste: [
    {
      example: 'any',
      metric: 'site.solid_waste',
      lever: 'used',
      amounts: { generated: 900, used: 950, from_stock: 100 },
      byHand: (of) => (100 * of('used')) / (of('generated') + of('from_stock')),
    },
  ],
  acquisition_rate: [
    {
      example: 'any',
      metric: 'site.points_acquired',
      lever: 'automatic',
      amounts: { automatic: 18 * 24, required: 20 * 24 },
      byHand: (of) => (100 * of('automatic')) / of('required'),
    },
    {
      example: 'any',
      metric: 'site.samples_in_time',
      lever: 'in_time',
      amounts: { in_time: 850_000, due: 864_000 },
      byHand: (of) => (100 * of('in_time')) / of('due'),
    },
  ],
};
