import { expect, test } from 'vitest';
import { Acquired, missedBetween } from '../../agent/acquisition.ts';
import { lockStepClock } from '../../agent/clock.ts';
import { Counting } from '../../agent/counting.ts';
import { planOf } from '../../agent/describe.ts';
import { type Made, MemoryEngine } from '../../agent/offline/engine.ts';
import type { PlantConfig } from '../../config/plant.ts';
import type { Sample } from '../../rules/sample.ts';
import { startState } from '../../rules/state.ts';
import { configOf } from '../config/plant.ts';
import { at } from '../support/engineKit.ts';

/** The acquisition rate from the agent's own counts. */

const PLANT = `version: 1
agent: site
plant: { path: acme/site, windows: [hour] }
indicators: guangxi-2025
endpoints:
  - { id: bus, protocol: modbus, host: 127.0.0.1 }
tags:
  - { id: mill.kwh, endpoint: bus, unit: kWh, address: { register: 0, type: uint32 } }
  - { id: mill.m3, endpoint: bus, unit: m3, address: { register: 2, type: uint32 } }
  - { id: due, acquired: { count: due } }
  - { id: in_time, acquired: { count: inTime, of: bus } }
meters:
  - { id: values.due, kind: counter, quantity: values, unit: sample, tag: due, maxRate: 1000000 }
  - { id: values.in_time, kind: counter, quantity: values, unit: sample, tag: in_time, maxRate: 1000000 }
metrics:
  - id: site.acquired
    unit: "%"
    numerator: [{ meter: values.in_time, coefficient: 100, unit: "%" }]
    denominator: [values.due]
    limit: { indicator: acquisition_rate }
`;
const T = at('2026-11-23T10:00:00+08:00');
const SECOND = 1_000;

/** An agent from `from` until `to`; both tags are read each second, the second of them well but for every `nth` time. */
async function agentRuns(
  config: PlantConfig,
  engine: MemoryEngine,
  from: number,
  to: number,
  nth: number,
): Promise<void> {
  const clock = lockStepClock(from, to + SECOND);
  const acquired = new Map([['bus', new Acquired(config.endpoints[0]!.points, from)]]);
  const stop = new AbortController();
  const accept = async (samples: readonly Sample[]): Promise<void> => engine.feed({ now: clock.now(), samples });
  const pacer = clock.pacer();
  const pipeline = { plan: engine.plan, state: engine.state, accept };
  const counting = new Counting({ acquired, clock, pipeline }, config).run(stop.signal);
  for (let second = from + 500; second < to; second += SECOND) {
    const receivedAt = await pacer.until(second);
    const read = { value: 1, sourceTimestamp: receivedAt, receivedAt };
    const isBad = Math.floor(receivedAt / SECOND) % nth === 0;
    acquired.get('bus')!.take([
      { ...read, tag: 'mill.kwh', statusCode: 'good' },
      { ...read, tag: 'mill.m3', statusCode: isBad ? 'bad' : 'good' },
    ]);
  }
  await pacer.until(to);
  stop.abort();
  pacer.leave();
  await counting;
}

test('every tenth value of one tag bad, and a quarter of an hour without an agent: both are missing of what was due', async () => {
  const figures: Made[] = [];
  const config = await configOf(PLANT);
  const engine = new MemoryEngine(planOf(config), T - 60 * SECOND, (made) => figures.push(made));
  await agentRuns(config, engine, T - 60 * SECOND, T + 1_800 * SECOND, 10);
  engine.takeUp(T + 2_700 * SECOND);
  await agentRuns(config, engine, T + 2_700 * SECOND, T + 3_620 * SECOND, 10);
  engine.feed({ now: T + 3_700 * SECOND, samples: [] });

  // Seconds read: 1 800, and 899 after the restart, whose own second is not judged. Every tenth is one value short.
  const [due, inTime] = [2 * 3_600, 2 * 1_800 - 180 + 2 * 899 - 89];
  const found = figures
    .flatMap((made) => (made.type === 'evaluation' ? made.evaluation : []))
    .findLast(({ metric, window }) => metric === 'site.acquired' && window.start === T);
  expect(found).toMatchObject({
    value: expect.closeTo((100 * inTime) / due, 9),
    statusCode: 'good',
    limit: { indicator: 'acquisition_rate', op: '>=', bound: 90, state: 'excursion' },
  });
  expect(found!.amounts.map(({ value }) => value)).toEqual([expect.closeTo(inTime, 6), expect.closeTo(due, 6)]);
});

test('what was missed between two agents is every period that neither counts', () => {
  expect(missedBetween([{ period: 1_000 }, { period: 1_000 }, { period: 60_000 }], 30_000, 45_000)).toBe(2 * 16 + 1);
  expect(missedBetween([{ period: 1_000 }], 30_999, 31_000)).toBe(2);
  expect(missedBetween([{ period: 1_000 }], 45_000, 30_000)).toBe(0);
});

test('a configuration that takes over goes on from what was counted, whatever endpoints there are then', async () => {
  const second =
    '  - { id: other, protocol: modbus, host: localhost }\ntags:\n  - { id: other.kwh, endpoint: other, unit: kWh, address: { register: 0, type: uint32 } }';
  const [one, two] = [await configOf(PLANT), await configOf(PLANT.replace('tags:', second))];
  const clock = lockStepClock(T + 10 * SECOND, T + 3_600 * SECOND);
  const acquired = new Map(two.endpoints.map(({ id, points }) => [id, new Acquired(points, T)]));
  const pipeline = { plan: planOf(two), state: startState(planOf(two), T), accept: async () => {} };
  const counting = new Counting({ acquired, clock, pipeline }, two);
  // Nine whole seconds of three tags, and of the two of the bus; none was read.
  const before = counting.values();
  expect([...before]).toEqual([
    ['due', 27],
    ['in_time', 0],
  ]);
  acquired.delete('other');
  counting.become(one, before);
  expect([...counting.values()]).toEqual([...before]);
  acquired.set('other', new Acquired(two.endpoints[1]!.points, T));
  counting.become(two, counting.values());
  expect([...counting.values()]).toEqual([...before]);
});
