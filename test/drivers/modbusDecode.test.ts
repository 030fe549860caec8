import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, address } from '../../drivers/modbus/address.ts';
import { type Bad, decoder } from '../../drivers/modbus/decode.ts';
import type { RawValue } from '../../rules/sample.ts';
import { bytesOf, encode } from './modbusEncoder.ts';

type Order = Address['wordOrder'];
const ORDERS: readonly Order[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];
const VALUES: Record<string, fc.Arbitrary<number | bigint>> = {
  int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  uint16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
};
const TYPES = Object.keys(VALUES);

const wire = (type: string, wordOrder: Order, value: number | bigint): number[] =>
  bytesOf(encode({ type, wordOrder }, value));

type Read = { readonly value: RawValue } | Bad;
function read(bytes: readonly number[], written: Record<string, unknown>, start = 0): Read {
  const decoded = decoder(address.parse({ register: 0, ...written }), start)(Buffer.from(bytes));
  return typeof decoded === 'object' ? decoded : { value: decoded };
}

describe('decoding of Modbus registers', () => {
  describe.each(TYPES)('%s', (type) => {
    it.each(ORDERS)('reads back what a device with order %s holds, anywhere in a block', (wordOrder) => {
      fc.assert(
        fc.property(VALUES[type]!, fc.integer({ min: 0, max: 20 }), (value, before) => {
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

describe('decimals, text, offsets and powers of ten', () => {
  const LENGTHS = fc.integer({ min: 1, max: 4 });
  const count = (length: number): fc.Arbitrary<number | bigint> =>
    length === 4 ? fc.bigInt({ min: 0n, max: 10n ** 16n - 1n }) : fc.integer({ min: 0, max: 10 ** (4 * length) - 1 });
  const COUNTS = LENGTHS.chain((length) => fc.record({ length: fc.constant(length), value: count(length) }));

  describe.each(['bcd', 'mod10'])('%s', (type) => {
    it.each(ORDERS)('reads back what a device with order %s holds', (wordOrder) => {
      fc.assert(
        fc.property(COUNTS, ({ length, value }) => {
          const held = { type, length, wordOrder };
          expect(read(bytesOf(encode(held, value)), held)).toEqual({ value });
        }),
      );
    });
  });

  it.each([
    ['bcd 1234 5678', [0x12, 0x34, 0x56, 0x78], { type: 'bcd', length: 2 }, { value: 12_345_678 }],
    ['bcd with a hexadecimal', [0x12, 0x3a], { type: 'bcd', length: 1 }, { bad: 'not decimal: 0x123a' }],
    ['bcd all ones', [0xff, 0xff], { type: 'bcd', length: 1, notAvailable: 0xffff }, 'not available'],
    ['4 x mod10', [0, 1, 0, 2, 0, 3, 0x27, 0x0f], { type: 'mod10', length: 4 }, { value: 1_000_200_039_999n }],
    ['mod10 above 9999', [0, 1, 0x27, 0x10], { type: 'mod10', length: 2 }, 'not 0 to 9999'],
    ['uint16 with an offset', [0, 100], { type: 'uint16', offset: -273 }, { value: -173 }],
    [
      'uint64 with an offset',
      bytesOf(encode({ type: 'uint64' }, 2n ** 60n)),
      { type: 'uint64', offset: 1 },
      { value: 2n ** 60n + 1n },
    ],
    ['a text', [0x50, 0x4d, 0x35, 0x00], { type: 'string', length: 2 }, { value: 'PM5' }],
    [
      'a text of swapped bytes',
      [0x4d, 0x50, 0x20, 0x35],
      { type: 'string', length: 2, wordOrder: 'BADC' },
      { value: 'PM5' },
    ],
    ['no text', [0x50, 0x01], { type: 'string', length: 1 }, { bad: 'not text: 0x5001' }],
  ])('%s', (_, bytes, written, expected) => {
    const reading = read(bytes, written);
    if (typeof expected === 'string') expect(reading).toEqual({ bad: expect.stringContaining(expected) });
    else expect(reading).toEqual(expected);
  });

  it('reads text of any length back', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((one) => String.fromCharCode(one)),
      maxLength: 24,
    });
    fc.assert(
      fc.property(printable, (value) => {
        expect(read(bytesOf(encode({ type: 'string', length: 12 }, value)), { type: 'string', length: 12 })).toEqual({
          value,
        });
      }),
    );
  });

  const pair = (mantissa: number, power: number): number[] =>
    bytesOf([...encode({ type: 'int16' }, mantissa), ...encode({ type: 'int16' }, power)]);

  it('takes a count times the power of ten of another register', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_767, max: 32_767 }), fc.integer({ min: -10, max: 10 }), (mantissa, power) => {
        const reading = read(pair(mantissa, power), { type: 'int16', exponent: 1, notAvailable: 0x8000 });
        expect(reading).toEqual({ value: Number(`${mantissa}e${power}`) });
      }),
    );
    const before = read(pair(-2, 2305), { register: 1, type: 'uint16', exponent: 0 }, 0);
    expect(before).toEqual({ value: 23.05 });
  });

  it('does not take a count without its power of ten, nor a power without its count', () => {
    expect(read(pair(5, -32_768), { type: 'int16', exponent: 1 })).toEqual({ bad: expect.stringContaining('-32768') });
    expect(read(pair(-32_768, 0), { type: 'int16', exponent: 1, notAvailable: 0x8000 })).toHaveProperty('bad');
  });
});
