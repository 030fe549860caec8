import type { RawValue } from '../../rules/sample.ts';
import { type Address, isBitTable, type ValueType, WORDS } from './options.ts';

/** What bytes mean: a value, or why there is none. */
export type Reading = { readonly value: RawValue } | { readonly bad: string };

/** Reads one value out of a block's bytes as they came over the wire. */
export type Decode = (block: Buffer) => Reading;

/** Prepares the reading of `address` from the bytes of a block that begins at `start`. */
export function decoder(address: Address, start: number): Decode {
  const offset = address.register - start;
  if (isBitTable(address)) return (block) => ({ value: (block[offset >> 3]! >> (offset & 7)) & 1 });
  const { type, bit = 0 } = address;
  const read = READ[type];
  const refused = unavailable(address);
  const inOrder = reorder(address.wordOrder);
  return (block) => {
    const bytes = inOrder(block.subarray(2 * offset, 2 * (offset + WORDS[type])));
    const value = type === 'bit' ? ((read(bytes) as number) >> bit) & 1 : read(bytes);
    if (refused(bytes, value)) return { bad: 'the device says that the value is not available' };
    if (typeof value === 'number' && !Number.isFinite(value)) return { bad: `not a finite number: ${value}` };
    return { value };
  };
}

const READ: Record<ValueType, (bytes: Buffer) => number | bigint> = {
  bit: (bytes) => bytes.readUInt16BE(),
  int16: (bytes) => bytes.readInt16BE(),
  uint16: (bytes) => bytes.readUInt16BE(),
  int32: (bytes) => bytes.readInt32BE(),
  uint32: (bytes) => bytes.readUInt32BE(),
  int64: (bytes) => bytes.readBigInt64BE(),
  uint64: (bytes) => bytes.readBigUInt64BE(),
  float32: (bytes) => bytes.readFloatBE(),
  float64: (bytes) => bytes.readDoubleBE(),
};

/** Brings bytes into the order ABCD; the block itself stays as it is. */
function reorder(order: Address['wordOrder']): (bytes: Buffer) => Buffer {
  switch (order) {
    case 'ABCD':
      return (bytes) => bytes;
    case 'CDAB':
      return (bytes) => Buffer.from(bytes).reverse().swap16();
    case 'BADC':
      return (bytes) => Buffer.from(bytes).swap16();
    case 'DCBA':
      return (bytes) => Buffer.from(bytes).reverse();
  }
}

/** Whole numbers are compared as bit patterns, so that 0x8000 and -32768 mean the same int16; floats by value too. */
function unavailable({ type, notAvailable }: Address): (bytes: Buffer, value: number | bigint) => boolean {
  if (notAvailable.length === 0) return () => false;
  const float = type.startsWith('float');
  const bits = 16 * WORDS[type];
  const isPattern = (raw: number | string): boolean => raw !== 'NaN' && (!float || typeof raw === 'string');
  const patterns = new Set(notAvailable.filter(isPattern).map((raw) => BigInt.asUintN(bits, BigInt(raw))));
  const values = notAvailable
    .filter((raw) => !isPattern(raw))
    .map(type === 'float32' ? (raw) => Math.fround(Number(raw)) : Number);
  return (bytes, value) =>
    patterns.has(BigInt(`0x${bytes.toString('hex')}`)) || values.some((one) => Object.is(one, value));
}
