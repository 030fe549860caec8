import { describe, expect, test } from 'vitest';
import { faultsOf, PLANT, plantWith } from './plant.ts';

/** What is told of a text, without the places. */
const toldOf = async (text: string): Promise<string[]> =>
  (await faultsOf(text)).map((fault) => fault.replace(/^plant.yaml:\d+:\d+ /, ''));

/** Text of a change and the one fault it must lead to. */
type Case = [before: string, after: string, fault: string];

const oneFault = (cases: Case[]): void => {
  test.each(cases)('%s -> %s', async (before, after, fault) => {
    expect(await toldOf(plantWith({ [before]: after }))).toEqual([fault]);
  });
};

test('a file with a dozen faults lists them all, each at its place, in their order', async () => {
  const text = `version: 2
agnet: demo
plant: { path: acme/baise, timeZone: Asia/Shangai, shifts: ["00:00", "16:00", "08:00"] }
endpoints:
  - { id: bus, protocol: modbus, host: 127.0.0.1, period: 5ms, timout: 1s }
  - { id: plc, protocol: opcau, url: "opc.tcp://127.0.0.1:4840" }
tags:
  - { id: mill.kwh, endpoint: buss, unit: kWh, range: [9, 0], address: { register: 1, type: int16 } }
  - { id: mill.x, endpoint: bus, unit: kWh, address: { unitId: 300, register: 1, type: uint33 } }
  - id: mill.kwh
    endpoint: bus
    unit: Kwh
    address: { profile: abb-b32, point: x }
meters:
  - { id: e, kind: countr, tag: mill.kwh, quantity: electricity, unit: kWh, maxRate: 20000 }
  - { id: w, kind: counter, line: mill-2, tag: mill.khw, quantity: water, unit: m3, maxRate: -5 }
metrics:
  - { id: e, unit: kWh/t, numerator: [e, { metre: e }], denominator: [] }
`;
  expect(await faultsOf(text)).toEqual([
    'plant.yaml:1:1 agent: missing',
    'plant.yaml:1:10 version: 2 is of a later Pertonne; this one reads version 1',
    'plant.yaml:2:1 agnet: unknown key; did you mean "agent"?',
    'plant.yaml:3:38 plant.timeZone: no IANA time zone "Asia/Shangai"; did you mean "Asia/Shanghai"?',
    'plant.yaml:3:79 plant.shifts[2]: 08:00 is not after 16:00',
    'plant.yaml:5:59 endpoints[0].period: a poll period is at least 10ms',
    'plant.yaml:5:64 endpoints[0].timout: unknown key; did you mean "timeout"?',
    'plant.yaml:6:26 endpoints[1].protocol: "opcau" is none of opcua, modbus; did you mean "opcua"?',
    'plant.yaml:8:31 tags[0].endpoint: no endpoint named "buss"; did you mean "bus"?',
    'plant.yaml:8:55 tags[0].range: the first is not below the second',
    'plant.yaml:9:64 tags[1].address.unitId: 300 is above 247',
    expect.stringMatching(/^plant.yaml:9:88 tags\[1\].address.type: "uint33" is none of .*; did you mean "uint32"\?$/),
    'plant.yaml:10:9 tags[2].id: "mill.kwh" is already the id of tags[0]',
    'plant.yaml:12:11 tags[2].unit: no unit "Kwh"; did you mean "kWh"?',
    'plant.yaml:13:25 tags[2].address.profile: no profile named "abb-b32"; did you mean "abb-b23"?',
    'plant.yaml:15:20 meters[0].kind: "countr" is none of counter, gauge, event, faraday, product, idle; did you mean "counter"?',
    'plant.yaml:16:35 meters[1].line: no line named "mill-2"',
    'plant.yaml:16:48 meters[1].tag: no tag named "mill.khw"; did you mean "mill.kwh"?',
    'plant.yaml:16:94 meters[1].maxRate: -5 is not above 0',
    'plant.yaml:18:11 metrics[0].id: "e" is already the id of meters[0]',
    'plant.yaml:18:42 metrics[0].numerator[1].meter: missing',
    'plant.yaml:18:42 metrics[0].numerator[1].coefficient: missing',
    'plant.yaml:18:44 metrics[0].numerator[1].metre: unknown key; did you mean "meter"?',
    'plant.yaml:18:70 metrics[0].denominator: has fewer than 1 entries',
  ]);
});

test('a tag that is not there is told with line, column and path, and the name that was meant', async () => {
  const meter = (id: string, tag: string): string => `
  - id: ${id}
    kind: counter
    tag: ${tag}
    quantity: electricity
    unit: kWh
    maxRate: 5000`;
  const text = `version: 1
agent: demo
plant: { path: acme/baise }
endpoints:
  - { id: bus, protocol: modbus, host: 127.0.0.1 }
tags:
  - { id: ml0_kwh, endpoint: bus, unit: kWh, address: { register: 0, type: uint32 } }
  - { id: ml1_kwh, endpoint: bus, unit: kWh, address: { register: 2, type: uint32 } }
  - { id: ml2_kwh, endpoint: bus, unit: kWh, address: { register: 4, type: uint32 } }
  - { id: ml3_kwh, endpoint: bus, unit: kWh, address: { register: 6, type: uint32 } }
${'#\n'.repeat(9)}meters:${meter('e0', 'ml0_kwh')}${meter('e1', 'ml1_kwh')}${meter('e2', 'ml2_kwh')}
  - id: e3
    kind: counter
    tag:   m3_kwh
    quantity: electricity
    unit: kWh
    maxRate: 5000
`;
  expect(await faultsOf(text)).toEqual([
    'plant.yaml:41:12 meters[3].tag: no tag named "m3_kwh"; did you mean "ml3_kwh"?',
  ]);
});

describe('one fault each', () => {
  describe('names', () => {
    oneFault([
      [
        'main: mill-1.energy',
        'main: mill-1.enrgy',
        'lines[0].main: no metric named "mill-1.enrgy"; did you mean "mill-1.energy"?',
      ],
      [
        'endpoint: bus, unit: m3, address: { unitId: 2, register: 100, type: float32 }',
        'unit: m3, acquired: { count: due, of: buss }',
        'tags[1].acquired.of: no endpoint named "buss"; did you mean "bus"?',
      ],
      [
        'endpoint: bus, unit: m3, address: { unitId: 2, register: 100, type: float32 }',
        'endpoint: bus, unit: m3, acquired: { count: due }',
        'tags[1].acquired: the agent counts it: take endpoint and address away',
      ],
      [
        'amountTag: coil.weight',
        'amountTag: coil.wieght',
        'meters[2].amountTag: no tag named "coil.wieght"; did you mean "coil.weight"?',
      ],
      [
        'amountTag: coil.weight, ',
        '',
        'meters[2]: lacks amountTag: give both, or neither where operators enter each piece',
      ],
      [
        'maxRate: 20000 }',
        'maxRate: 20000, frozen: { proof: mill.kw } }',
        'meters[0].frozen.proof: no tag named "mill.kw"; did you mean "mill.kwh"?',
      ],
      [
        'numerator: [water]',
        'numerator: [watter]',
        'metrics[1].numerator[0]: no meter named "watter"; did you mean "water"?',
      ],
      [
        'numerator: [water]',
        'numerator: [{ meter: watter, coefficient: 1 }]',
        'metrics[1].numerator[0].meter: no meter named "watter"; did you mean "water"?',
      ],
      [
        'indicator: steel.water',
        'indicator: steel.watr',
        'metrics[1].limit.indicator: no indicator named "steel.watr" in guangxi-2025; did you mean "steel.water"?',
      ],
      [
        'indicators: guangxi-2025',
        'indicators: guangxi-2026',
        'indicators: no indicator table named "guangxi-2026"; did you mean "guangxi-2025"?',
      ],
      ['indicators: guangxi-2025\n', '\n', 'metrics[1].limit.indicator: the file names no table of indicators'],
      [
        'limit: { op: "<=", bound: 600 }',
        'limit: { op: "<=" }',
        'metrics[0].limit: needs an indicator, or both op and bound',
      ],
      [
        '{ indicator: steel.water }',
        '{ indicator: steel.water, bound: 2 }',
        'metrics[1].limit: the indicator brings op and bound; give one or the other',
      ],
      [
        '{ id: mill-1.energy, line: mill-1, ',
        '{ id: mill-1.energy, ',
        'lines[0].main: the metric "mill-1.energy" does not name the line "mill-1"',
      ],
      ['point: activeEnergyImport', 'point: activeEnergy', 'tags[0].address.point: no point named "activeEnergy"'],
      [
        'id: mill.kwh, endpoint: bus',
        'id: mill.kwh, endpoint: plc',
        'tags[0].address.profile: is for modbus, the endpoint "plc" speaks opcua',
      ],
    ]);
  });

  describe('units', () => {
    oneFault([
      ['unit: kWh/t', 'unit: kgce/t', "metrics[0].unit: numerator kWh over denominator t is not the metric's kgce/t"],
      [
        'unit: kWh/t',
        'unit: MWh/t',
        "metrics[0].unit: numerator kWh over denominator t is not the metric's MWh/t: give the numerator a coefficient of 0.001 with unit MWh/kWh",
      ],
      ['numerator: [energy]', 'numerator: [energy, water]', 'metrics[0].numerator[1]: is in m3, the first in kWh'],
      [
        'numerator: [energy]',
        'numerator: [energy, { meter: energy, coefficient: 1, unit: MWh/kWh }]',
        'metrics[0].numerator[1]: is in kWh·MWh/kWh, the first in kWh: give it a coefficient of 1000 with unit kWh/kWh·MWh/kWh',
      ],
      [
        'denominator: [steel], limit: { op',
        'denominator: [steel, energy], limit: { op',
        'metrics[0].denominator[1]: is in kWh, the first in t',
      ],
      [
        'scale: 0.001, ',
        '',
        'meters[2].unit: the tag "coil.weight" gives kg, the meter is in t: give a scale of 0.001',
      ],
      [
        'profile: abb-b23',
        'profile: schneider-iem3000',
        'meters[0].unit: the tag "mill.kwh" gives Wh, the meter is in kWh: give a scale of 0.001',
      ],
      ['id: mill.kwh, ', 'id: mill.kwh, unit: Wh, ', "tags[0].unit: Wh, but the profile's point is in kWh"],
      ['unit: m3, address', 'address', 'tags[1].unit: missing'],
      [
        'indicator: steel.water',
        'indicator: steel.pm',
        'metrics[1].limit.indicator: "steel.pm" is in kg/t, the metric in m3/t',
      ],
    ]);

    test('a share in % takes a coefficient that says so', async () => {
      const share = (term: string): string =>
        `${PLANT}  - { id: yield, unit: "%", numerator: [${term}], denominator: [steel] }\n`;
      expect(await toldOf(share('steel'))).toEqual([
        `metrics[2].unit: numerator t over denominator t is not the metric's %: give the numerator a coefficient of 100 with unit %`,
      ]);
      expect(await toldOf(share('{ meter: steel, coefficient: 100, unit: "%" }'))).toEqual([]);
    });

    test('coal equivalent takes a coefficient with a unit', async () => {
      const text = plantWith({
        'unit: kWh/t': 'unit: kgce/t',
        'numerator: [energy]': 'numerator: [{ meter: energy, coefficient: 0.1229, unit: kgce/kWh }]',
      });
      expect(await faultsOf(text)).toEqual([]);
    });

    test('a gauge is integrated over hours, and a faraday meter wants kA and t', async () => {
      const gauge = (unit: string): string => `  - { id: g, kind: gauge, tag: power, quantity: x, unit: ${unit} }\n`;
      const faraday = (unit: string): string =>
        `  - { id: f, kind: faraday, tag: power, quantity: x, unit: ${unit}, cells: 240, efficiency: 0.93 }\n`;
      const withMeter = (tagUnit: string, meter: string): string =>
        plantWith({
          'meters:\n': `meters:\n${meter}`,
          'tags:\n': `tags:\n  - { id: power, endpoint: plc, unit: ${tagUnit}, address: { node: "ns=1;i=1" } }\n`,
        });
      expect(await toldOf(withMeter('kW', gauge('kWh')))).toEqual([]);
      expect(await toldOf(withMeter('m3/h', gauge('m3')))).toEqual([]);
      expect(await toldOf(withMeter('W', gauge('kWh')))).toEqual([
        'meters[0].unit: the tag "power" gives W·h, the meter is in kWh: give a scale of 0.001',
      ]);
      expect(await toldOf(withMeter('kA', faraday('t')))).toEqual([]);
      expect(await toldOf(withMeter('A', faraday('kg')))).toEqual([
        'meters[0].unit: a faraday meter counts in t, not in kg',
        'meters[0].unit: the current "power" is not in kA: give the scale, in A for one unit of it',
      ]);
    });
  });

  describe('the shape', () => {
    oneFault([
      [
        'maxRate: 20000',
        'maxRate: 20000, modulus: 18446744073709551616',
        'meters[0].modulus: a count above 2^53 stands in quotes',
      ],
      ['path: acme/baise', 'path: acme//baise', 'plant.path: names with letters, digits, _ . - between slashes'],
    ]);

    test.each(['', '- 1', '7', 'null'])('a file that is no mapping: %j', async (text) => {
      expect(await faultsOf(text)).toEqual([expect.stringMatching(/^plant.yaml:1:1 .* is not a mapping$/)]);
    });

    test('an offset is no time zone', async () => {
      expect(await toldOf(plantWith({ 'acme/baise }': 'acme/baise, timeZone: "+08:00" }' }))).toEqual([
        'plant.timeZone: no IANA time zone "+08:00"',
      ]);
    });
  });
});

describe('Modbus lines', () => {
  const BUS = '  - { id: bus, protocol: modbus, host: 127.0.0.1, period: 20s }';
  const serial = (rest: string): string => `  - { id: bus, protocol: modbus, serial: { path: /dev/ttyUSB0 }${rest} }`;
  const second = (line: string): string => `${BUS}\n  - { id: bus-2, protocol: modbus, ${line} }`;
  const message = (line: string): string => `endpoints[2]: ${line} is the line of "bus": give its tags that endpoint`;
  oneFault([
    [BUS, second('host: 127.0.0.1'), message('127.0.0.1:502')],
    [
      BUS,
      `${serial('')}\n  - { id: bus-2, protocol: modbus, serial: { path: /dev/ttyUSB0, baudRate: 19200 } }`,
      message('/dev/ttyUSB0'),
    ],
    [BUS, serial(', framing: tcp'), 'endpoints[1].framing: a serial line speaks rtu or ascii'],
    [BUS, serial(', maxInFlight: 2'), 'endpoints[1].maxInFlight: only tcp tells which answer belongs to which request'],
    [BUS, serial(', host: gateway'), 'endpoints[1].serial: beside host: an endpoint is one connection'],
    [BUS, '  - { id: bus, protocol: modbus }', 'endpoints[1].host: missing, and there is no serial either'],
  ]);

  test('two ports of one gateway are two lines', async () => {
    expect(await toldOf(plantWith({ [BUS]: second('host: 127.0.0.1, port: 503') }))).toEqual([]);
  });
});
