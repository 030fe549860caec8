import type { Meter, Plant } from './contract.ts';
import type { Replay } from './replay.ts';

/** The plant of config/examples/replay.yaml: one record, served as a Modbus meter and by a PLC. */
export function recordedPlant(replay: Replay): Plant {
  const energy: Meter = {
    id: 'steel',
    line: 'steel',
    perUnit: 100,
    modulus: 2n ** 32n,
    // 672.96 kWh before the register rolls over: within the first day of the record
    start: 4_294_900_000n,
    usual: 115,
    total: (at) => replay.hundredths(at) / 100,
  };
  return {
    plc: 'steel-plc',
    nodes: new Map([
      ['Steel.Energy', { type: 'Double', unit: 'kWh', value: energy.total }],
      ['Steel.Power', { type: 'Double', unit: 'kW', value: replay.power }],
    ]),
    devices: [{ kind: 'meter', name: 'SteelMeter', shows: { energy: 'Steel.Energy', power: 'Steel.Power' } }],
    meters: [energy],
    gateways: (count) =>
      new Map([
        [
          'steel-meter',
          new Map([[1, [{ register: 0, type: 'uint32', wordOrder: 'ABCD', value: (at) => count('steel', at) }]]]),
        ],
      ]),
    book: (at) => ({
      origin: replay.from,
      at,
      totals: { steel: energy.total(at) },
      coils: [],
      ladles: [],
      days: [],
    }),
  };
}
