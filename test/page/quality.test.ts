import { expect, test } from 'vitest';
import { lineQuality, mishaps, otherQuality } from '../../agent/page/src/state/quality.ts';
import { initialState, type PageState, reduce } from '../../agent/page/src/state/state.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';
import { HOSTILE } from './plant.ts';
import { calm, trouble } from './scene.ts';

const { plant } = calm;
const [mill, potline] = plant.lines as [(typeof plant.lines)[number], (typeof plant.lines)[number]];
const heard = (values: readonly LiveValue[]): PageState =>
  reduce(initialState, {
    type: 'told',
    now: 0,
    told: { type: 'snapshot', at: calm.at, values: [...values], records: [], alarms: [] },
  });
const changed = (ids: RegExp, more: (i: number) => Partial<LiveValue>): LiveValue[] =>
  calm.values.map((value, i) => (value.of === 'tag' && ids.test(value.id) ? { ...value, ...more(i) } : value));

test('all good: each signal is told by the lines it belongs to, or apart', () => {
  const state = heard(calm.values);
  const good = { bad: 0, uncertain: 0, waiting: 0, connecting: 0, faults: [] };
  expect(lineQuality(plant, mill, state)).toEqual({ total: 5, ...good });
  expect(lineQuality(plant, potline, state)).toEqual({ total: 24, ...good });
  expect(otherQuality(plant, state)).toEqual({ total: 2, ...good });
});

test('a device that is down tells of its signals; what answers is told by itself', () => {
  const state = heard(trouble.values);
  const { bad, faults } = lineQuality(plant, mill, state);
  expect(bad).toBe(4);
  expect(faults).toMatchObject([
    { device: 'mill-meters', since: '2026-11-23T02:14:08+08:00', reason: 'connect ECONNREFUSED 10.1.4.7:502' },
    { device: null, tags: [{ id: HOSTILE }], reason: 'BadNodeIdUnknown' },
  ]);
  expect(faults[0]!.tags.map(({ id }) => id)).toEqual(['mill.kwh', 'mill.water', 'mill.gas']);
  expect(lineQuality(plant, potline, state)).toMatchObject({ bad: 0, faults: [] });
  expect(otherQuality(plant, state)).toMatchObject({ bad: 1, faults: [{ tags: [{ id: 'pot.voltage' }] }] });
});

test('a device that a line tells of is not told again apart', () => {
  const values = changed(/^(mill\.(coil|power)|pot\.)/, () => ({ statusCode: 'bad', value: null }));
  const down = values.map((value) => (value.id === 'plc' ? { ...value, statusCode: 'bad' as const } : value));
  expect(lineQuality(plant, potline, heard(down)).faults).toMatchObject([{ device: 'plc' }]);
  expect(otherQuality(plant, heard(down))).toMatchObject({ total: 0, bad: 0, faults: [] });
});

test('never heard of is not good', () => {
  expect(lineQuality(plant, mill, heard([]))).toMatchObject({ bad: 0, waiting: 5, connecting: 2, faults: [] });
});

test('signals that fail alike are one fault, since the first of them', () => {
  const failing = changed(/^rectifier\./, (i) => ({
    statusCode: 'bad',
    reason: 'Modbus exception 02: the device has no such register',
    since: `2026-11-23T02:${10 + (i % 22)}:00+08:00`,
  }));
  const { faults } = lineQuality(plant, potline, heard(failing));
  expect(faults).toMatchObject([{ device: null, since: '2026-11-23T02:10:00+08:00' }]);
  expect(faults[0]!.tags).toHaveLength(22);
});

test('what befell the meters in the running window', () => {
  expect(mishaps(potline, 'shift', heard(trouble.values).figures)).toMatchObject([
    { flag: 'replacement', meters: [{ id: 'potline-1.rectifier-2' }] },
  ]);
  expect(mishaps(potline, 'shift', heard(calm.values).figures)).toEqual([]);
});
