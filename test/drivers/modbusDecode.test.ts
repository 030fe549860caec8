import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoder, type Reading } from '../../drivers/modbus/decode.ts';
import { type Address, address, type ValueType, WORDS } from '../../drivers/modbus/options.ts';

type Order = Address['wordOrder'];
const ORDERS: readonly Order[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];
const WRITE: Record<Exclude<ValueType, 'bit'>, (bytes: DataView, value: never) => void> = {
  int16: (bytes, value) => bytes.setInt16(0, value),
  uint16: (bytes, value) => bytes.setUint16(0, value),
  int32: (bytes, value) => bytes.setInt32(0, value),
  uint32: (bytes, value) => bytes.setUint32(0, value),
  int64: (bytes, value) => bytes.setBigInt64(0, value),
  uint64: (bytes, value) => bytes.setBigUint64(0, value),
  float32: (bytes, value) => bytes.setFloat32(0, value),
  float64: (bytes, value) => bytes.setFloat64(0, value),
};
const VALUES: Record<keyof typeof WRITE, fc.Arbitrary<number | bigint>> = {
  int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  uint16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
};
const TYPES = Object.keys(WRITE) as (keyof typeof WRITE)[];

/** The device's side: words in the order of the fitter's letters, each word high byte first. */
function wire(type: keyof typeof WRITE, order: Order, value: number | bigint): number[] {
  const bytes = new DataView(new ArrayBuffer(2 * WORDS[type]));
  WRITE[type](bytes, value as never);
  let words = Array.from({ length: WORDS[type] }, (_, i) => [bytes.getUint8(2 * i), bytes.getUint8(2 * i + 1)]);
  if (order === 'CDAB' || order === 'DCBA') words = words.toReversed();
  if (order === 'BADC' || order === 'DCBA') words = words.map((word) => word.toReversed());
  return words.flat();
}

const read = (bytes: readonly number[], written: Record<string, unknown>, start = 0): Reading =>
  decoder(address.parse({ register: 0, ...written }), start)(Buffer.from(bytes));

describe('decoding of Modbus registers', () => {
  describe.each(TYPES)('%s', (type) => {
    it.each(ORDERS)('reads back what a device with order %s holds, anywhere in a block', (wordOrder) => {
      fc.assert(
        fc.property(VALUES[type], fc.integer({ min: 0, max: 20 }), (value, before) => {
          const block = [...Array(2 * before).fill(0xee), ...wire(type, wordOrder, value), 0xee, 0xee];
          const reading = read(block, { register: 100 + before, type, wordOrder }, 100);
          expect(reading).toEqual({ value });
        }),
      );
    });
  });

  it('leaves the block as it was, so that overlapping addresses do not disturb each other', () => {
    const block = Buffer.from([1, 2, 3, 4]);
    decoder(address.parse({ register: 0, type: 'uint32', wordOrder: 'DCBA' }), 0)(block);
    expect([...block]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['ABCD', [0x41, 0xc8, 0x00, 0x00]],
    ['CDAB', [0x00, 0x00, 0x41, 0xc8]],
    ['BADC', [0xc8, 0x41, 0x00, 0x00]],
    ['DCBA', [0x00, 0x00, 0xc8, 0x41]],
  ])('reads 25.0 written as %s', (wordOrder, bytes) => {
    expect(read(bytes, { type: 'float32', wordOrder })).toEqual({ value: 25 });
  });

  it('keeps counts above 2^53 exact', () => {
    expect(read([0x00, 0x20, 0, 0, 0, 0, 0, 0x01], { type: 'uint64' })).toEqual({ value: 9_007_199_254_740_993n });
    expect(read([0xff, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], { type: 'int64' })).toEqual({
      value: -9_007_199_254_740_993n,
    });
  });

  it('picks a bit of a register, and a coil by its place', () => {
    expect([0, 1, 15].map((bit) => read([0x80, 0x01], { type: 'bit', bit }))).toEqual([
      { value: 1 },
      { value: 0 },
      { value: 1 },
    ]);
    const coils = Array.from({ length: 10 }, (_, i) =>
      read([0b1000_0010, 0b10], { function: 'coil', type: 'bit', register: 50 + i }, 50),
    );
    expect(coils.map((one) => ('value' in one ? one.value : one.bad)).join('')).toBe('0100000101');
  });
});

describe('a value that is none', () => {
  it.each([
    ['int16 0x8000 as a pattern', [0x80, 0x00], { type: 'int16', notAvailable: [0x8000] }],
    ['int16 0x8000 as a value', [0x80, 0x00], { type: 'int16', notAvailable: [-32_768] }],
    [
      'uint32 in another order',
      [0xff, 0xfe, 0xff, 0xff],
      { type: 'uint32', wordOrder: 'CDAB', notAvailable: 0xfffffffe },
    ],
    ['uint64 all ones', Array(8).fill(0xff), { type: 'uint64', notAvailable: '0xFFFFFFFFFFFFFFFF' }],
    ['float32 by value', [0xc6, 0x1c, 0x3c, 0x00], { type: 'float32', notAvailable: [-9999] }],
    ['float32 by pattern', [0x7f, 0x7f, 0xff, 0xff], { type: 'float32', notAvailable: ['0x7F7FFFFF'] }],
    ['NaN that means not available', [0x7f, 0xc0, 0, 0], { type: 'float32', notAvailable: 'NaN' }],
  ])('%s is bad: not available', (_, bytes, written) => {
    expect(read(bytes, written)).toEqual({ bad: 'the device says that the value is not available' });
  });

  it.each([
    ['NaN', [0x7f, 0xc0, 0, 0]],
    ['Infinity', [0x7f, 0x80, 0, 0]],
    ['-Infinity', [0xff, 0x80, 0, 0]],
  ])('%s is bad', (name, bytes) => {
    expect(read(bytes, { type: 'float32' })).toEqual({ bad: `not a finite number: ${name}` });
  });

  it('is told from the values beside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (value) => {
        const reading = read(wire('uint16', 'ABCD', value), { type: 'uint16', notAvailable: [0x8000, 0xffff] });
        expect('bad' in reading).toBe(value === 0x8000 || value === 0xffff);
      }),
    );
  });
});
