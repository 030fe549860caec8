import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionLost } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { runs } from '../support/properties.ts';
import { points, type Running, run } from './host.ts';
import { type Answer, tcpDevice } from './modbusDevice.ts';
import { type Request, wires } from './modbusWire.ts';

let running: Running | undefined;
let device: Awaited<ReturnType<typeof tcpDevice>> | undefined;
afterEach(async () => {
  await running?.stop().catch(() => {});
  await device?.close();
});

type Framing = 'tcp' | 'rtu' | 'ascii';
const UNITS = { good: { register: 7, type: 'uint16', unitId: 1 }, tried: { register: 9, type: 'uint32', unitId: 2 } };

/** Unit 1 is honest and holds 7; unit 2, which should hold 9 and 10, answers as the test says. */
async function begin(framing: Framing, answer: Answer, timeout = '40ms'): Promise<Running> {
  device = await tcpDevice(framing, (request, stream) =>
    request.unitId === 1 ? [1, 3, 2, 0, 7] : answer(request, stream),
  );
  const options = { host: '127.0.0.1', port: device.port, framing, units: { 2: { timeout } } };
  running = run(modbus.open(modbus.options.parse(options), points(modbus, UNITS)));
  return running;
}
const RIGHT = [2, 3, 4, 0, 9, 0, 10];
const framed = (framing: Framing, request: Request, body: readonly number[]): Buffer =>
  wires[framing].answer(request, body);

/** Each without a word of which device it is: the same in RTU and ASCII. */
const WRONG: [name: string, body: number[], words: string][] = [
  ['of another unit', [9, ...RIGHT.slice(1)], 'an answer of unit 9, asked was 2'],
  ['to another function', [2, 4, ...RIGHT.slice(2)], 'an answer to function 4, asked was 3'],
  ['with fewer registers', [2, 3, 2, 0, 9], 'an answer of 2 bytes, asked were 4'],
  ['with more registers', [2, 3, 6, 0, 9, 0, 10, 0, 11], 'an answer of 6 bytes, asked were 4'],
];

describe.each(['rtu', 'ascii'] as const)('%s, where an answer has no number', (framing) => {
  it.each(WRONG)('an answer %s is no value but a reason, and the neighbours go on', async (_, body, words) => {
    await begin(framing, (request) => framed(framing, request, body));
    const sample = await running!.next(({ tag }) => tag === 'tried');
    expect(sample).toMatchObject({ value: null, statusCode: 'bad', reason: `unit 2: ${words}` });
    for (const { value } of await running!.several('good', 10)) expect(value).toBe(7);
    expect(running!.connections()).toBe(1);
  });

  it('a wrong check is no value, and the next right answer is', async () => {
    let broken = true;
    await begin(framing, (request) => {
      const bytes = framed(framing, request, RIGHT);
      // The last digit of the check, before the end of the line.
      const at = framing === 'rtu' ? bytes.length - 1 : bytes.length - 3;
      if (broken) bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
      return bytes;
    });
    const sample = await running!.next(({ tag }) => tag === 'tried');
    expect(sample.reason).toBe(`unit 2: an answer whose ${framing === 'rtu' ? 'CRC' : 'LRC'} is wrong`);
    broken = false;
    expect(await running!.next(({ tag, value }) => tag === 'tried' && value !== null)).toMatchObject({
      value: 0x9000a,
    });
  });

  it('an answer that comes after its time is told from the one that is waited for', async () => {
    const late: (() => void)[] = [];
    device = await tcpDevice(framing, (request, stream) => {
      if (request.unitId === 2) {
        late.push(() => void stream.write(framed(framing, request, RIGHT)));
        return null;
      }
      for (const send of late.splice(0)) send();
      return [1, 3, 2, 0, 7];
    });
    const options = { host: '127.0.0.1', port: device.port, framing, units: { 2: { timeout: '20ms' } } };
    running = run(modbus.open(modbus.options.parse(options), points(modbus, UNITS)));
    await running.next(({ tag }) => tag === 'tried');
    for (const sample of await running.several('good', 20))
      expect(sample).toMatchObject({ value: 7, statusCode: 'good' });
    expect(running.samples.filter(({ tag }) => tag === 'tried').map(({ value }) => value)).not.toContain(0x9000a);
  });

  it('may come byte by byte', async () => {
    await begin(
      framing,
      (request, stream) => {
        for (const byte of framed(framing, request, RIGHT)) stream.write(Buffer.of(byte));
        return null;
      },
      '1min',
    );
    expect(await running!.next(({ tag }) => tag === 'tried')).toMatchObject({ value: 0x9000a });
  });

  it('says an exception', async () => {
    await begin(framing, () => [2, 0x83, 4]);
    const sample = await running!.next(({ tag }) => tag === 'tried');
    expect(sample.reason).toContain('Modbus exception 04');
  });
});

describe('fuzz: whatever a device sends', () => {
  /** What a driver makes of one answer: values it took, and that it came to an end or a sample in time. */
  async function taken(framing: Framing, bytes: (request: Request) => Buffer): Promise<unknown[]> {
    const peer = await tcpDevice(framing, (request) => bytes(request));
    const options = modbus.options.parse({ host: '127.0.0.1', port: peer.port, framing, timeout: '30ms' });
    const one = run(modbus.open(options, points(modbus, { tried: UNITS.tried }, 3_600_000)));
    await Promise.race([one.ended.catch(() => {}), one.next(() => true).catch(() => {})]);
    await one.stop().catch((cause) => expect(cause).toBeInstanceOf(ConnectionLost));
    await peer.close();
    return one.samples.map(({ value }) => value);
  }

  it.each(['tcp', 'rtu', 'ascii'] as const)('%s: random bytes never are a value', async (framing) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (garbage) => {
        for (const value of await taken(framing, () => Buffer.from(garbage))) expect(value).toBeNull();
      }),
      { numRuns: runs(25) },
    );
  });

  /** Of a TCP answer only the part before the values: no check guards those. */
  const GUARDED = { tcp: 9, rtu: 9, ascii: 19 };
  it.each(['tcp', 'rtu', 'ascii'] as const)(
    '%s: a right answer with one byte changed never is a wrong value',
    async (framing) => {
      const change = fc.record({
        at: fc.integer({ min: 0, max: GUARDED[framing] - 1 }),
        by: fc.integer({ min: 1, max: 255 }),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ at, by }) => {
          const values = await taken(framing, (request) => {
            const bytes = framed(framing, request, RIGHT);
            bytes[at] = bytes[at]! ^ by;
            return bytes;
          });
          for (const value of values) expect(value).toBeNull();
        }),
        { numRuns: runs(25) },
      );
    },
  );

  it.each(['tcp', 'rtu', 'ascii'] as const)('%s: a right answer cut short never is a value', async (framing) => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), async (share) => {
        const values = await taken(framing, (request) => {
          const bytes = framed(framing, request, RIGHT);
          return bytes.subarray(0, Math.floor(share * bytes.length));
        });
        for (const value of values) expect(value).toBeNull();
      }),
      { numRuns: runs(15) },
    );
  });
});
