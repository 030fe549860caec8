import { expect, vi } from 'vitest';
import { FiguresPage } from '../../agent/http/answers.ts';
import { AlarmView } from '../../agent/http/contract.ts';
import { type LivePlant, livePlant } from './livePlant.ts';
import { type PlatformEnd, platformEnd } from './platformEnd.ts';

/** A plant in which much happens in half a minute: shifts of a quarter of an hour, limits that nothing can meet, a bad tag, a dead device, two platforms of which one is away. */
export interface LivelyPlant extends LivePlant {
  readonly platform: PlatformEnd;
}

export const BAD_TAG = 'potline.voltage';
export const DEAD_DEVICE = 'spare-meters';
export const UNREACHED = 'head-office';
/** Each is exceeded in each of its windows. */
export const EXCEEDED = ['mill-1.electricity', 'mill-1.new_water', 'mill-1.gas'];

const quarters = Array.from({ length: 96 }, (_, n) =>
  [Math.floor(n / 4), (n % 4) * 15].map((part) => String(part).padStart(2, '0')).join(':'),
);

export async function livelyPlant(): Promise<LivelyPlant> {
  const platform = await platformEnd();
  const plant = await livePlant({
    edit: (file) => edited(file, platform.port),
    faults: ['bad:Potline.Voltage'],
    speed: 60,
    from: Date.parse('2026-11-23T00:00:00+08:00'),
  });
  await vi.waitFor(() => expectEventful(plant.url), { timeout: 120_000, interval: 250 });
  return {
    ...{ url: plant.url, platform },
    async stop() {
      await plant.stop();
      await platform.close();
    },
  };
}

/** The first quarter of an hour has ended: it had a figure, and each limit that is exceeded stands as an alarm. */
async function expectEventful(url: string): Promise<void> {
  const asked = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
  const alarms = AlarmView.array().parse(await asked('/v1/alarms'));
  const standing = alarms.filter(({ metric, unacknowledged }) => EXCEEDED.includes(metric) && unacknowledged);
  expect(standing).toHaveLength(2 * EXCEEDED.length);
  const shifts = FiguresPage.parse(await asked('/v1/metrics/potline-1.ac_power?window=shift'));
  expect(shifts.figures[0]).toMatchObject({ value: expect.any(Number) });
}

/** The machine may be busy: figures are formed of what is known of their windows, however little. */
function edited(file: string, port: number): string {
  return file
    .replace(/shifts: \[.*?\]/, `shifts: ${JSON.stringify(quarters)}`)
    .replaceAll(/^( {4}denominator: .*)$/gm, '$1\n    minKnown: 0.1')
    .replaceAll('windows: [hour, shift, day, month]', 'windows: [quarterHour, shift]')
    .replace('limit: { op: "<=", bound: 110, deadband: 1 }', 'limit: { op: "<=", bound: 1 }')
    .replace('limit: { indicator: steel.water, deadband: 0.05 }', 'limit: { op: "<=", bound: 0.1 }')
    .replace('numerator: [mill-1.furnace]', 'numerator: [mill-1.furnace]\n    limit: { op: "<=", bound: 0.1 }')
    .replace('\ntags:\n', `\n  - { id: ${DEAD_DEVICE}, protocol: modbus, host: 127.0.0.1, port: 9 }\n\ntags:\n${SPARE}`)
    .concat(
      '\nplatforms:\n',
      `  - { id: control-room, url: "ws://127.0.0.1:${port}" }\n`,
      `  - { id: ${UNREACHED}, url: "ws://127.0.0.1:9/agents" }\n`,
    );
}

const SPARE = `  - { id: spare.energy, endpoint: ${DEAD_DEVICE}, unit: kWh, address: { unitId: 1, register: 0, type: uint32 } }\n`;
