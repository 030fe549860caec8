import type { Ms } from '../../rules/sample.ts';
import type { Count, Device, Meter, Node, Plant, PlcUnit, Register, Units } from './contract.ts';
import type { Flow, Line } from './flow.ts';
import { Mill } from './mill.ts';
import type { Piece } from './piece.ts';
import { Potline } from './potline.ts';

const UINT32 = 2n ** 32n;
const UINT64 = 2n ** 64n;

/** The plant of config/examples/demo.yaml: a rolling mill and a potline, one PLC, two Modbus gateways. */
export function demoPlant(seed: number, origin: Ms): Plant {
  const mill = new Mill(seed, origin);
  const potline = new Potline(seed, origin);
  const meters = [...millMeters(mill), ...potlineMeters(potline)];
  return {
    plc: 'plc',
    nodes: new Map(Object.entries({ ...millNodes(mill), ...potlineNodes(potline) })),
    devices: DEVICES,
    meters,
    gateways: (count) =>
      new Map([
        ['mill-meters', millUnits(mill, count)],
        ['potline-meters', potlineUnits(potline, count)],
      ]),
    book: (at) => ({
      origin,
      at,
      totals: {
        ...Object.fromEntries(meters.map(({ id, total }) => [id, total(at)])),
        'mill-rolled': mill.advance(at).scale.total(at),
        'potline-dc': potline.advance(at).total(potline.dcPower),
        'potline-produced': potline.metalProduced(),
        'potline-tapped': potline.scale.total(at),
        'potline-metal-in-cells': potline.metalInCells(),
      },
      coils: mill.scale.pieces.filter((piece) => piece.at <= at),
      ladles: potline.scale.pieces.filter((piece) => piece.at <= at),
      days: potline.days(),
    }),
  };
}

/** Totalisers as they are found years after commissioning; three of the mill's roll over within the first days. */
function millMeters(mill: Mill): Meter[] {
  const meter = meterOf('mill', mill);
  return [
    meter('mill-drive', mill.drive, { perUnit: 1, modulus: UINT64, start: 123_456_789n, usual: 36_000 }),
    meter('mill-auxiliaries', mill.auxiliaries, { perUnit: 1, modulus: 10n ** 6n, start: 412_345n, usual: 7_000 }),
    meter('mill-new-water', mill.newWater, { perUnit: 1_000, modulus: 10n ** 8n, start: 98_765_432n, usual: 960 }),
    meter('mill-circulating-water', mill.circulatingWater, {
      perUnit: 100,
      modulus: UINT32,
      start: 4_200_000_000n,
      usual: 11_500,
    }),
    meter('mill-gas', mill.gas, { perUnit: 100, modulus: UINT32, start: 3_000_000_000n, usual: 13_500 }),
  ];
}

function potlineMeters(potline: Potline): Meter[] {
  const meter = meterOf('potline', potline);
  const wattHours = { perUnit: 1_000, modulus: UINT64, usual: 170_000 };
  return [
    meter('rectifier-1', potline.rectifier1, { ...wattHours, start: 7_654_321_987_654n }),
    meter('rectifier-2', potline.rectifier2, { ...wattHours, start: 7_654_009_123_456n }),
    meter('potline-new-water', potline.newWater, { perUnit: 1_000, modulus: UINT32, start: 4_290_000_000n, usual: 52 }),
  ];
}

type Dial = Pick<Meter, 'perUnit' | 'modulus' | 'start' | 'usual'>;
const meterOf =
  (name: string, line: Line) =>
  (id: string, flow: Flow, dial: Dial): Meter => ({
    id,
    line: name,
    ...dial,
    total: (at) => line.advance(at).total(flow),
  });

const rateOf = (line: Line) => (flow: Flow) => (at: Ms) => line.advance(at).rate(flow);

function millUnits(mill: Mill, count: Count): Units {
  const rate = rateOf(mill);
  // ABB B23 on a 10 kV/100 V transformer: 0.01 kWh and 0.01 W on its side are 1 kWh and 1 W of the drives
  const drive: Register[] = [
    { register: 20_480, type: 'uint64', wordOrder: 'ABCD', value: (at) => count('mill-drive', at) },
    { register: 23_316, type: 'int32', wordOrder: 'ABCD', value: (at) => Math.round(rate(mill.drive)(at) * 1_000) },
  ];
  return new Map([
    [1, drive],
    [2, plain('mill-auxiliaries', 'CDAB', count, rate(mill.auxiliaries))],
    [3, plain('mill-new-water', 'ABCD', count, rate(mill.newWater))],
    [4, plain('mill-circulating-water', 'ABCD', count, rate(mill.circulatingWater))],
    [5, plain('mill-gas', 'CDAB', count, rate(mill.gas))],
  ]);
}

function potlineUnits(potline: Potline, count: Count): Units {
  const rate = rateOf(potline);
  // Schneider PM5000 series: Wh and kW
  const rectifier = (id: string, power: (at: Ms) => number): Register[] => [
    { register: 3_203, type: 'uint64', wordOrder: 'ABCD', value: (at) => count(id, at) },
    { register: 3_059, type: 'float32', wordOrder: 'ABCD', value: power },
  ];
  return new Map([
    [1, rectifier('rectifier-1', rate(potline.rectifier1))],
    [2, rectifier('rectifier-2', rate(potline.rectifier2))],
    [3, plain('potline-new-water', 'ABCD', count, rate(potline.newWater))],
  ]);
}

/** A meter of no particular make: its count at 100, its rate at 102. */
const plain = (id: string, wordOrder: 'ABCD' | 'CDAB', count: Count, rate: (at: Ms) => number): Register[] => [
  { register: 100, type: 'uint32', wordOrder, value: (at) => count(id, at) },
  { register: 102, type: 'float32', wordOrder, value: rate },
];

function millNodes(mill: Mill): Record<string, Node> {
  const rate = (unit: PlcUnit, flow: Flow): Node => ({ type: 'Double', unit, value: rateOf(mill)(flow) });
  return {
    'Mill.DrivePower': rate('kW', mill.drive),
    'Mill.DriveEnergy': { type: 'Double', unit: 'kWh', value: (at) => mill.advance(at).total(mill.drive) },
    'Mill.AuxiliariesPower': rate('kW', mill.auxiliaries),
    'Mill.FurnaceGasFlow': rate('m3/h', mill.gas),
    'Mill.NewWaterFlow': rate('m3/h', mill.newWater),
    'Mill.CirculatingWaterFlow': rate('m3/h', mill.circulatingWater),
    'Mill.CoilInLine': { type: 'UInt32', value: (at) => Number(mill.advance(at).coilInLine) },
    ...scaleNodes('Mill.Scale', (at) => mill.advance(at).scale.last(at)),
  };
}

function potlineNodes(potline: Potline): Record<string, Node> {
  const double = (unit: PlcUnit, value: (line: Potline) => number): Node => ({
    type: 'Double',
    unit,
    value: (at) => value(potline.advance(at)),
  });
  return {
    'Potline.Current': double('kA', (line) => line.rate(line.current)),
    'Potline.Voltage': double('V', (line) => line.rate(line.voltage)),
    'Potline.DcPower': double('kW', (line) => line.rate(line.dcPower)),
    'Potline.DcEnergy': double('kWh', (line) => line.total(line.dcPower)),
    'Potline.MetalInCells': double('t', (line) => line.metalInCells()),
    'Potline.CellsInOperation': { type: 'UInt32', value: (at) => potline.advance(at).cells },
    'Potline.AnodeEffects': { type: 'UInt32', value: (at) => potline.advance(at).effects },
    ...scaleNodes('Potline.Scale', (at) => potline.advance(at).scale.last(at)),
  };
}

const scaleNodes = (name: string, last: (at: Ms) => Piece): Record<string, Node> => ({
  [`${name}.Sequence`]: { type: 'UInt32', value: (at) => last(at).sequence },
  [`${name}.Weight`]: { type: 'Double', unit: 't', value: (at) => last(at).weight },
  [`${name}.PieceId`]: { type: 'String', value: (at) => last(at).id },
});

const scale = (name: string, node: string): Device => ({
  kind: 'scale',
  name,
  shows: { weight: `${node}.Weight`, sequence: `${node}.Sequence`, pieceId: `${node}.PieceId` },
});

const DEVICES: readonly Device[] = [
  scale('MillScale', 'Mill.Scale'),
  scale('PotlineScale', 'Potline.Scale'),
  { kind: 'meter', name: 'MillDriveMeter', shows: { energy: 'Mill.DriveEnergy', power: 'Mill.DrivePower' } },
  { kind: 'meter', name: 'PotlineDcMeter', shows: { energy: 'Potline.DcEnergy', power: 'Potline.DcPower' } },
];
