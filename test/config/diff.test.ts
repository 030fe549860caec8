import { describe, expect, test } from 'vitest';
import { diffOf, idsOf, isEmpty, needsRestart, PARTS, type PlantDiff } from '../../config/diff.ts';
import { configOf, PLANT, plantWith } from './plant.ts';

/** What is different after the text was changed, with only the parts in which something is. */
async function changed(changes: Record<string, string>): Promise<Partial<PlantDiff> & { diff: PlantDiff }> {
  const diff = diffOf(await configOf(PLANT), await configOf(plantWith(changes)));
  const parts = PARTS.filter((part) => idsOf(diff[part]).length > 0).map((part) => [part, diff[part]]);
  return { diff, ...Object.fromEntries(parts) };
}

const STEEL = plantLine('steel, kind: event');
const COIL = plantLine('coil.weight, endpoint');
function plantLine(start: string): string {
  return PLANT.split('\n').find((line) => line.includes(`id: ${start}`))!;
}
const only = (id: string, ...changes: [key: string, before: unknown, after: unknown][]) => ({
  added: [],
  removed: [],
  changed: [{ id, changes: changes.map(([key, before, after]) => ({ key, before, after })) }],
});

describe('what is different between two plant files', () => {
  test('nothing between a file and another wording of it, or another order', async () => {
    const { diff } = await changed({
      'agent: demo': '# the same\nagent: "demo"',
      [`${COIL}\n`]: '',
      'meters:': `${COIL}\nmeters:`,
    });
    expect(isEmpty(diff)).toBe(true);
    expect(needsRestart(diff)).toEqual([]);
  });

  test.each([
    ['a limit', { 'bound: 600': 'bound: 590' }, 'metrics', 'mill-1.energy', 'limit'],
    ['a scale', { 'scale: 0.001': 'scale: 0.002' }, 'meters', 'steel', 'scale'],
    ['an address', { 'register: 100': 'register: 102' }, 'tags', 'mill.water', 'address'],
    [
      'an option of an endpoint',
      { '127.0.0.1, period': '127.0.0.1, timeout: 2s, period' },
      'endpoints',
      'bus',
      'timeout',
    ],
    ["a line's name", { 'en: Mill 1,': 'en: Mill One,' }, 'lines', 'mill-1', 'name'],
  ] as const)('%s by its entry and key', async (_, changes, part, id, key) => {
    const told = await changed(changes);
    expect(Object.keys(told)).toEqual(['diff', part]);
    expect(told.diff[part]).toMatchObject({ added: [], removed: [], changed: [{ id, changes: [{ key }] }] });
    expect(told.diff.settings).toEqual([]);
  });

  test("a period is the endpoint's to give, and changes its tags and what is made of them", async () => {
    const told = await changed({ 'period: 20s': 'period: 10s' });
    expect(told.tags).toMatchObject({ changed: [{ id: 'mill.kwh' }, { id: 'mill.water' }] });
    expect(told.meters?.changed[0]).toMatchObject({ id: 'energy', changes: [{ key: 'periodMs' }, { key: 'maxGap' }] });
    expect(told.endpoints).toBeUndefined();
  });

  test('what was added and removed, from the one side and from the other', async () => {
    const without = {
      [`${STEEL}\n`]: '',
      'denominator: [steel], limit: { op: "<=", bound: 600 }': 'denominator: [water]',
      'unit: kWh/t': 'unit: kWh/m3',
      'denominator: [steel], limit: { indicator: steel.water }': 'denominator: [energy]',
      'unit: m3/t': 'unit: m3/kWh',
    };
    const told = await changed(without);
    expect(told.meters).toEqual({ added: [], removed: ['steel'], changed: [] });
    const [old, now] = [await configOf(PLANT), await configOf(plantWith(without))];
    expect(diffOf(now, old).meters).toEqual({ added: ['steel'], removed: [], changed: [] });
  });

  test('settings by the names that lead to them, and which of them only a new start takes up', async () => {
    const { diff } = await changed({
      'agent: demo': 'agent: other\nhttp: { port: 8081 }\nstore: { keep: 10d }',
      'path: acme/baise': 'path: acme/baise, grace: 7s, dayStart: "08:00"',
    });
    expect(diff.settings.map(({ key }) => key)).toEqual([
      'agent',
      'plant.calendar.dayStart',
      'plant.graceMs',
      'http.port',
      'store.keep',
    ]);
    expect(needsRestart(diff).map(({ key }) => key)).toEqual(['agent', 'plant.calendar.dayStart', 'http.port']);
  });

  test('a value with what it was and what it is', async () => {
    const { tags } = await changed({ 'range: [0, 30000]': 'range: [0, 40000]' });
    expect(tags).toEqual(only('coil.weight', ['range', [0, 30_000], [0, 40_000]]));
  });
});
