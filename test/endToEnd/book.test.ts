import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import { lockStepClock } from '../../agent/clock.ts';
import { loadConfig } from '../../config/load.ts';
import { startPlant } from '../../drivers/simulator/index.ts';
import type { Ms } from '../../rules/sample.ts';
import { at } from '../support/engineKit.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { finals, readUntil } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const ORIGIN = at('2026-03-02T08:00:00+08:00');
const HOUR: Ms = 3_600_000;
const CLOSED: Ms = 60_000;
const EXAMPLE = join(import.meta.dirname, '../../config/examples/demo.yaml');
const plantAt = (name: string, clock: { now(): Ms }) =>
  startPlant({ clock, origin: ORIGIN, seed: 1, faults: [], pkiFolder: join(folder.path, name) });

describe('the simulated plant, read by an agent in lock-step', () => {
  test('an hour of the potline and the mill equals the simulator’s own book to 1e-6', async () => {
    const clock = lockStepClock(ORIGIN, ORIGIN + HOUR + CLOSED);
    const plant = await plantAt('plant', clock);
    const loaded = await loadConfig(EXAMPLE, { overlay: plant.endpoints });
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    const log = recordedLog();
    const agent = await startAgent({
      config: loaded.config,
      clock,
      dataFolder: join(folder.path, 'data'),
      log,
      port: 0,
      speed: null,
      simulated: true,
    });
    const wanted = ['potline-1.ac_power', 'mill-1.electricity', 'mill-1.new_water'];
    const lines = await readUntil(agent.url, {}, (all) =>
      wanted.every((metric) => finals(all, metric, 'hour').size > 0),
    );
    await agent.stop('shutdown');
    await plant.close();

    const auditor = await plantAt('auditor', { now: () => ORIGIN + HOUR });
    const { totals, coils } = auditor.book();
    await auditor.close();
    const figure = (metric: string): number => [...finals(lines, metric, 'hour').values()][0]!.value!;
    const tonnes = coils.filter((coil) => coil.at < ORIGIN + HOUR).reduce((all, coil) => all + coil.weight, 0);
    const ac = (totals['rectifier-1']! + totals['rectifier-2']!) / totals['potline-produced']!;
    expect(Math.abs(figure('potline-1.ac_power') / ac - 1)).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(ac - 13_000)).toBeLessThan(300);
    // The mill's registers count in whole kilowatt-hours.
    const energy = totals['mill-drive']! + totals['mill-auxiliaries']!;
    expect(Math.abs(figure('mill-1.electricity') * tonnes - energy)).toBeLessThanOrEqual(1 + 1);
  });
});
