import type { RawValue } from '../../rules/sample.ts';
import { type Address, isBitTable, type ValueType, wordsOf } from './address.ts';

/** Why bytes are no value. */
export interface Bad {
  readonly bad: string;
}

/** Reads one value out of a block's bytes as they came over the wire. */
export type Decode = (block: Buffer) => RawValue | Bad;

type Count = number | bigint;

/** Prepares the reading of `address` from the bytes of a block that begins at `start`. */
export function decoder(address: Address, start: number): Decode {
  const offset = address.register - start;
  if (isBitTable(address)) return (block) => (block[offset >> 3]! >> (offset & 7)) & 1;
  const [from, to] = [2 * offset, 2 * (offset + wordsOf(address))];
  if (isPlain(address)) {
    const read = READ[address.type];
    return (block) => checked(read(block, from, to));
  }
  const inOrder = reorder(address.wordOrder);
  const reading = address.type === 'string' ? text : numberOf(address, start);
  return (block) => reading(inOrder(block.subarray(from, to)), block);
}

/** Most registers are: nothing to put in order, to compare or to add. */
const isPlain = ({ type, bit, wordOrder, notAvailable, offset, exponent }: Address): boolean =>
  type !== 'string' &&
  wordOrder === 'ABCD' &&
  notAvailable.length === 0 &&
  bit === undefined &&
  offset === undefined &&
  exponent === undefined;

type ReadingOf = (bytes: Buffer, block: Buffer) => RawValue | Bad;

function numberOf(address: Address, start: number): ReadingOf {
  const { bit } = address;
  const read = READ[address.type];
  const isUnavailable = unavailable(address);
  const adjust = adjustment(address, start);
  return (bytes, block) => {
    const whole = read(bytes, 0, bytes.length);
    const count = bit === undefined ? whole : ((whole as number) >> bit) & 1;
    if (isUnavailable(bytes, count)) return { bad: 'the device says that the value is not available' };
    const reading = checked(count);
    return adjust && typeof reading !== 'object' ? adjust(reading, block) : reading;
  };
}

const checked = (count: Count | Bad): Count | Bad =>
  typeof count === 'number' && !Number.isFinite(count) ? { bad: `not a finite number: ${count}` } : count;

const READ: Record<ValueType, (bytes: Buffer, from: number, to: number) => Count | Bad> = {
  bit: (bytes, from) => bytes.readUInt16BE(from),
  int16: (bytes, from) => bytes.readInt16BE(from),
  uint16: (bytes, from) => bytes.readUInt16BE(from),
  int32: (bytes, from) => bytes.readInt32BE(from),
  uint32: (bytes, from) => bytes.readUInt32BE(from),
  int64: (bytes, from) => bytes.readBigInt64BE(from),
  uint64: (bytes, from) => bytes.readBigUInt64BE(from),
  float32: (bytes, from) => bytes.readFloatBE(from),
  float64: (bytes, from) => bytes.readDoubleBE(from),
  bcd: (bytes, from, to) => decimal(bytes.toString('hex', from, to), bytes.subarray(from, to)),
  mod10: (bytes, from, to) => modulo(bytes.subarray(from, to)),
  string: () => ({ bad: 'not a number' }),
};

function modulo(bytes: Buffer): Count | Bad {
  const words = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(2 * i));
  if (words.some((word) => word > 9999)) return { bad: `not 0 to 9999 in each register: 0x${bytes.toString('hex')}` };
  return decimal(words.map((word) => String(word).padStart(4, '0')).join(''), bytes);
}

/** Sixteen decimals are more than a double holds. */
function decimal(digits: string, bytes: Buffer): Count | Bad {
  if (!/^\d+$/.test(digits)) return { bad: `not decimal: 0x${bytes.toString('hex')}` };
  return digits.length > 15 ? BigInt(digits) : Number(digits);
}

/** Fields are filled up with blanks or zeros. */
function text(bytes: Buffer): string | Bad {
  const value = bytes.toString('latin1').replace(/[\0 ]+$/, '');
  return /\p{Cc}/u.test(value) ? { bad: `not text: 0x${bytes.toString('hex')}` } : value;
}

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

/** The offset, and the power of ten that stands elsewhere in the block; null where there is neither. */
function adjustment(
  { register, exponent, offset = 0, wordOrder }: Address,
  start: number,
): ((count: Count, block: Buffer) => Count | Bad) | null {
  if (exponent === undefined && offset === 0) return null;
  const plus = (count: Count): Count =>
    typeof count === 'bigint' && Number.isInteger(offset) ? count + BigInt(offset) : Number(count) + offset;
  if (exponent === undefined) return plus;
  const at = 2 * (exponent - start);
  const inWord = reorder(wordOrder === 'BADC' || wordOrder === 'DCBA' ? 'BADC' : 'ABCD');
  return (count, block) => {
    const power = inWord(block.subarray(at, at + 2)).readInt16BE();
    if (Math.abs(power) > 10) return { bad: `the exponent of register ${register} is ${power}, not -10 to 10` };
    const mantissa = Number(plus(count));
    // Dividing by a whole power rounds once, multiplying by its inverse twice.
    return power < 0 ? mantissa / 10 ** -power : mantissa * 10 ** power;
  };
}

/** Whole numbers are compared as bit patterns, so that 0x8000 and -32768 mean the same int16; floats by value too. */
function unavailable(address: Address): (bytes: Buffer, value: Count | Bad) => boolean {
  const { type, notAvailable } = address;
  if (notAvailable.length === 0) return () => false;
  const float = type.startsWith('float');
  const words = wordsOf(address);
  const bitsIn = bitsOf(words);
  const isPattern = (raw: number | string): boolean => raw !== 'NaN' && (!float || typeof raw === 'string');
  const patterns = new Set(
    notAvailable.filter(isPattern).map((raw) => {
      const pattern = BigInt.asUintN(16 * words, BigInt(raw));
      return words <= 2 ? Number(pattern) : pattern;
    }),
  );
  const values = notAvailable
    .filter((raw) => !isPattern(raw))
    .map(type === 'float32' ? (raw) => Math.fround(Number(raw)) : Number);
  return (bytes, value) =>
    (patterns.size > 0 && patterns.has(bitsIn(bytes))) || values.some((one) => Object.is(one, value));
}

function bitsOf(words: number): (bytes: Buffer) => number | bigint {
  if (words === 1) return (bytes) => bytes.readUInt16BE();
  if (words === 2) return (bytes) => bytes.readUInt32BE();
  if (words === 4) return (bytes) => bytes.readBigUInt64BE();
  return (bytes) => BigInt(`0x${bytes.toString('hex')}`);
}
