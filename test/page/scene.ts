import { z } from 'zod';
import type { PlantDescription } from '../../agent/http/contract.ts';
import { EvaluationBody, LiveValue, WireRecord } from '../../agent/stream/protocol.ts';
import { HOSTILE, plant } from './plant.ts';

/** A made-up moment of a plant with a mill and a potline; every part is checked against the agent's own schemas. */
export interface Scene {
  readonly at: string;
  readonly plant: PlantDescription;
  readonly values: readonly LiveValue[];
  readonly trends: Readonly<Record<string, readonly EvaluationBody[]>>;
  readonly records: readonly WireRecord[];
}

type LooseValue = Partial<LiveValue> & Pick<LiveValue, 'id'>;
type Limit = NonNullable<LiveValue['limit']>;

const QUARTER = 900_000;
const AT = '2026-11-23T03:12:40+08:00';

const iso = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+08:00');
const limit = (bound: number, more: Partial<Limit> = {}): Limit => ({
  indicator: 'aluminium.ac_power',
  op: '<=',
  bound,
  state: 'normal',
  stale: false,
  indicative: true,
  beyondMs: 0,
  ...more,
});

const windows = {
  shift: { kind: 'shift', start: '2026-11-23T00:00:00+08:00', end: '2026-11-23T08:00:00+08:00' },
  hour: { kind: 'hour', start: '2026-11-23T03:00:00+08:00', end: '2026-11-23T04:00:00+08:00' },
} as const;

const live = (value: LooseValue): LiveValue =>
  LiveValue.parse({
    of: 'metric',
    value: null,
    unit: '',
    statusCode: 'good',
    reason: null,
    at: AT,
    since: '2026-11-22T21:03:00+08:00',
    ...value,
  });

const figure = (
  id: string,
  kind: keyof typeof windows,
  value: number | null,
  unit: string,
  more: Partial<LiveValue> = {},
) => live({ id, value, unit, window: windows[kind], coverage: { known: 1, measured: 1 }, limit: null, ...more });

const tags = (more: Readonly<Record<string, Partial<LiveValue>>> = {}): LiveValue[] =>
  plant.tags.map(({ id, endpoint, unit }) => live({ id, of: 'tag', value: 1, unit, ...more[endpoint], ...more[id] }));

const devices = (more: Readonly<Record<string, Partial<LiveValue>>> = {}): LiveValue[] =>
  plant.endpoints.map(({ id }) => live({ id, of: 'endpoint', ...more[id] }));

/** Twelve hours of quarter-hours; `valueAt` gives a figure, or what differs from a good one. */
function trend(
  id: string,
  unit: string,
  valueAt: (i: number) => number | Partial<EvaluationBody> | null,
): EvaluationBody[] {
  const end = Math.floor(Date.parse(AT) / QUARTER) * QUARTER;
  return Array.from({ length: 47 }, (_, i) => i).flatMap((i) => {
    const given = valueAt(i);
    if (given === null) return [];
    const start = end - (47 - i) * QUARTER;
    return EvaluationBody.parse({
      metric: id,
      equipment: 'acme',
      window: { kind: 'quarterHour', start: iso(start), end: iso(start + QUARTER) },
      revision: 1,
      value: typeof given === 'number' ? given : null,
      unit,
      statusCode: 'good',
      reason: null,
      coverage: { known: 1, measured: 1 },
      amounts: [],
      limit: null,
      baseline: null,
      config: 'sha256:0',
      ...(typeof given === 'number' ? {} : given),
    });
  });
}

const IDLE: Partial<EvaluationBody> = { value: null, reason: 'no-production' };
const LOST: Partial<EvaluationBody> = { value: null, reason: 'incomplete', statusCode: 'bad' };
const wave = (i: number, around: number, by: number): number =>
  around + by * (Math.sin(i / 5) + 0.45 * Math.sin(i * 1.7) + 0.3 * Math.cos(i * 2.9));

const millTrend = (i: number) =>
  i >= 14 && i < 18
    ? IDLE
    : i === 30 || i === 31
      ? LOST
      : i === 32
        ? { value: 571, statusCode: 'uncertain' as const }
        : wave(i, 581, 14);

const potTrend = (i: number): number | Partial<EvaluationBody> | null =>
  i < 4 ? null : i > 38 ? { value: wave(i, 13_030, 45), statusCode: 'uncertain' } : wave(i, 12_960, 45);

const potAmounts = (tonnes: number, flag: 'estimate' | 'settled', rectifier2: Partial<LiveValue> = {}): LiveValue[] => [
  figure('potline-1.metal', 'shift', tonnes, 't', { flags: [flag] }),
  figure('potline-1.rectifier-1', 'shift', 547_312, 'kWh'),
  figure('potline-1.rectifier-2', 'shift', 548_966, 'kWh', rectifier2),
  figure('potline-1.m3', 'shift', 148.3, 'm3'),
];

const millFigures: LiveValue[] = [
  figure('mill-1.energy_per_tonne', 'shift', 584.6, 'kWh/t', {
    limit: limit(600, { indicator: null, indicative: false }),
  }),
  figure('mill-1.energy_per_tonne', 'hour', 571.2, 'kWh/t', { limit: limit(600) }),
  figure('mill-1.process_energy', 'shift', 99.63, 'kgce/t', { limit: limit(102) }),
  figure('mill-1.water', 'shift', 2.84, 'm3/t', { limit: limit(2.7, { state: 'excursion' }) }),
  figure('mill-1.yield', 'shift', 96.8, '%', { limit: limit(96, { op: '>=' }) }),
  figure('mill-1.idle', 'shift', 6.42, '%'),
  figure('mill-1.steel', 'shift', 287.4, 't'),
  figure('mill-1.kwh', 'shift', 168_014, 'kWh'),
  figure('mill-1.m3', 'shift', 816.2, 'm3'),
  figure('mill-1.gas', 'shift', 58_790, 'm3'),
];

const potFigures = (value: number, state: Limit['state'], hour: number): LiveValue[] => [
  figure('potline-1.ac_power', 'shift', value, 'kWh/t', {
    limit: limit(13_000, { state }),
    flags: state === 'warning' ? ['estimate'] : ['settled'],
  }),
  figure('potline-1.ac_power', 'hour', hour, 'kWh/t', { limit: limit(13_000) }),
  figure('potline-1.dc_energy', 'shift', 12_702, 'kWh/t'),
  figure('potline-1.efficiency', 'shift', 93.4, '%', { limit: limit(93, { op: '>=' }) }),
  figure('potline-1.rectifier', 'shift', 97.81, '%', { limit: limit(97.5, { op: '>=' }) }),
  figure('potline-1.water', 'shift', 1.76, 'm3/t', { limit: limit(2.5) }),
];

const trends = {
  'mill-1.energy_per_tonne': trend('mill-1.energy_per_tonne', 'kWh/t', millTrend),
  'potline-1.ac_power': trend('potline-1.ac_power', 'kWh/t', potTrend),
};

/** All signals good; the mill within its limit, the potline's estimate over its own. */
export const calm: Scene = {
  at: AT,
  plant,
  values: [
    ...millFigures,
    ...potFigures(13_034.2, 'warning', 13_071),
    ...potAmounts(84.11, 'estimate'),
    ...tags(),
    ...devices(),
  ],
  trends,
  records: [],
};

const DOWN = {
  statusCode: 'bad',
  value: null,
  since: '2026-11-23T02:14:08+08:00',
  reason: 'connect ECONNREFUSED 10.1.4.7:502',
} as const;

/** The mill stands and its meters are away; the potline is over, a meter of it was exchanged; a tag with a hostile name is bad. */
export const trouble: Scene = {
  at: AT,
  plant,
  values: [
    figure('mill-1.energy_per_tonne', 'shift', null, 'kWh/t', {
      reason: 'no-production',
      limit: limit(600, { stale: true }),
    }),
    figure('mill-1.energy_per_tonne', 'hour', null, 'kWh/t', { reason: 'no-production' }),
    ...['process_energy', 'water', 'yield', 'idle'].map((id) =>
      figure(`mill-1.${id}`, 'shift', null, '', {
        reason: 'incomplete',
        statusCode: 'bad',
        coverage: { known: 0.6271, measured: 0.6271 },
      }),
    ),
    figure('mill-1.steel', 'shift', 0, 't'),
    ...['kwh', 'm3', 'gas'].map((id) =>
      figure(`mill-1.${id}`, 'shift', null, 'kWh', { reason: 'incomplete', statusCode: 'bad' }),
    ),
    ...potFigures(13_066.66, 'excursion', 13_012),
    ...potAmounts(83.9, 'settled', { statusCode: 'uncertain', flags: ['replacement'] }),
    ...tags({
      'mill-meters': DOWN,
      'pot.voltage': { statusCode: 'bad', value: null, since: '2026-11-23T01:05:00+08:00', reason: 'BadDeviceFailure' },
      [HOSTILE]: { statusCode: 'bad', value: null, since: '2026-11-22T23:50:00+08:00', reason: 'BadNodeIdUnknown' },
    }),
    ...devices({ 'mill-meters': DOWN }),
  ],
  trends,
  records: z.array(WireRecord).parse([
    {
      seq: 41,
      kind: 'alarm',
      at: '2026-11-23T03:00:06+08:00',
      body: {
        metric: 'potline-1.ac_power',
        equipment: 'acme',
        window: { kind: 'hour', start: '2026-11-23T02:00:00+08:00', end: '2026-11-23T03:00:00+08:00' },
        from: 'normal',
        to: 'excursion',
        value: 13_088.4,
        unit: 'kWh/t',
        limit: limit(13_000, { state: 'excursion' }),
        action: null,
        who: null,
        reason: null,
        until: null,
      },
    },
  ]),
};
