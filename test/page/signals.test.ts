import { expect, test } from 'vitest';
import { devicesWithSignals, signalsShown } from '../../agent/page/src/state/signals.ts';
import { initialState, reduce } from '../../agent/page/src/state/state.ts';
import { plant } from './plant.ts';
import { trouble } from './scene.ts';

const { tags } = reduce(initialState, {
  type: 'told',
  told: { type: 'snapshot', at: trouble.at, values: [...trouble.values], records: [], alarms: [] },
  now: 0,
});
const found = (words: string, troubled = false): string[] =>
  signalsShown(plant, tags, { words, troubled }, 'zh').map(({ id }) => id);

test('signals are found by name in the reader’s language, by id and by device, all words together', () => {
  expect(found('新水')).toEqual(['mill.water']);
  expect(found('MILL-METERS gas')).toEqual(['mill.gas']);
  expect(found('plc 电流')).toEqual(['pot.current']);
  expect(found('')).toHaveLength(plant.tags.length);
  expect(found('nothing like that')).toEqual([]);
});

test('those in trouble are the ones that are not good', () => {
  expect(found('', true).toSorted()).toEqual(
    plant.tags
      .map(({ id }) => id)
      .filter((id) => tags.get(id)?.statusCode !== 'good')
      .toSorted(),
  );
  expect(found('', true)).toContain('mill.kwh');
});

test('they stand under their devices, in the plant’s order, without empty ones', () => {
  const shown = signalsShown(plant, tags, { words: 'pot.', troubled: false }, 'en');
  expect(devicesWithSignals(plant, shown).map(({ device, signals }) => [device.id, signals.length])).toEqual([
    ['plc', 3],
  ]);
});
