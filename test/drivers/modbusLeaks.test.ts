import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ConnectionLost } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { freePort } from '../support/freePort.ts';
import { points, run } from './host.ts';
import { type Answer, SOCAT, serialDevice, serialPair, tcpDevice } from './modbusDevice.ts';

const CYCLES = 50;
const held = (): { files: number; timers: number } => ({
  files: existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0,
  timers: process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length,
});
const answer: Answer = ({ unitId }) => [unitId, 3, 2, 0, 7];

/** A device that is killed under the driver again and again leaves no file, no timer and no listener behind. */
async function survives(options: object, device: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on('warning', hear);
  const cycle = async (): Promise<void> => {
    const server = await device();
    const addresses = { a: { register: 7, type: 'uint16' } };
    const running = run(modbus.open(modbus.options.parse(options), points(modbus, addresses)));
    expect((await running.several('a', 1))[0]).toMatchObject({ value: 7 });
    await server.close();
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
  };
  await cycle();
  const before = held();
  for (let i = 0; i < CYCLES; i++) await cycle();
  // The test's own waiting holds some too; what is leaked once a cycle is far more.
  await expect.poll(() => held().files - before.files, { timeout: 10_000 }).toBeLessThan(CYCLES / 5);
  await expect.poll(() => held().timers - before.timers, { timeout: 10_000 }).toBeLessThan(CYCLES / 5);
  expect(warnings).toEqual([]);
  process.off('warning', hear);
}

it(`${CYCLES} deaths of a TCP device leave nothing behind`, async () => {
  const port = await freePort();
  await survives({ host: '127.0.0.1', port, timeout: '1s' }, () => tcpDevice('tcp', answer, port));
});

it.skipIf(!existsSync(SOCAT))(
  `${CYCLES} pulled plugs of a serial line leave nothing behind (skipped without socat)`,
  async () => {
    const line = serialPair();
    await survives({ serial: { path: line.near, baudRate: 19_200 }, timeout: '1s' }, async () => {
      await line.open();
      const device = await serialDevice(line.far, 'rtu', answer);
      return {
        close: async () => {
          await line.close();
          await device.close();
        },
      };
    });
  },
);
